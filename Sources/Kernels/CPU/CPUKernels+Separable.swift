internal import CKernels

extension CPUKernels {
  public func fuses(_ convolution: SeparableConvolution) -> Bool {
    let parts = [convolution.widen, convolution.filter, convolution.narrow].compactMap(\.self)
    guard parts.allSatisfy({ $0.epilogue.activation.range != nil }),
      filters(convolution),
      method(of: convolution.narrow.problem) == .pointwise,
      convolution.widen.map({ method(of: $0.problem) == .pointwise }) ?? true
    else { return false }
    // A residual is added behind the limits, and only at the end.
    return parts.dropLast().allSatisfy { $0.epilogue.residual == nil }
      && (convolution.narrow.epilogue.residual == nil
        || convolution.narrow.epilogue.activation == .identity)
  }

  private func filters(_ convolution: SeparableConvolution) -> Bool {
    let problem = convolution.filter.problem
    var geometry = problem.depthwise
    return problem.isDepthwise && !problem.isEmpty && problem.inputSize.min() > 0
      && ck_separable_fits(&geometry, convolution.widen == nil ? 0 : 1) != 0
  }

  public func convolve(
    _ convolution: SeparableConvolution, _ x: Elements, into y: MutableElements
  ) {
    var geometry = convolution.filter.problem.depthwise
    if precision == .bfloat16 {
      convolveCompact(convolution, &geometry, x, into: y)
      return
    }
    let first = convolution.widen ?? convolution.filter
    let parts = [convolution.widen, convolution.filter, convolution.narrow].map { part in
      part.map { folded($0) }
    }
    let scratch = floatScratch(count: ck_separable_scratch(threadCount, &geometry))
    let lowered = parts.map { $0?.lowered ?? ck_folded() }
    withExtendedLifetime(parts) {
      ck_separable(
        threadCount, &geometry, first.problem.inputChannels,
        convolution.narrow.problem.outputChannels, x.neededFloats, lowered[0], lowered[1],
        lowered[2], convolution.narrow.epilogue.residual?.neededFloats, y.neededFloats, scratch)
    }
  }

  private func convolveCompact(
    _ convolution: SeparableConvolution, _ geometry: inout ck_depthwise, _ x: Elements,
    into y: MutableElements
  ) {
    let first = convolution.widen ?? convolution.filter
    let (widen, filter, narrow) = (
      convolution.widen.map { compact($0, overlaps: true) }, folded(convolution.filter),
      compact(convolution.narrow, overlaps: false)
    )
    let residual = convolution.narrow.epilogue.residual
    let scratch = byteScratch(
      count: ck_bfloat_separable_scratch_bytes(
        threadCount, &geometry, first.problem.inputChannels))
    withExtendedLifetime((widen, filter, narrow)) {
      ck_bfloat_separable(
        threadCount, &geometry, first.problem.inputChannels,
        convolution.narrow.problem.outputChannels, x.address, x.precision.flag,
        widen?.loweredCompact ?? ck_bfloat_folded(), filter.lowered, narrow.loweredCompact,
        residual?.address, residual?.precision.flag ?? 0, y.address, y.precision.flag, scratch)
    }
  }

  /// - Parameter overlaps: as the depthwise convolution behind it wants the channels.
  private func compact(_ convolution: FoldedConvolution, overlaps: Bool) -> PackedConvolution {
    let problem = convolution.problem
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let (scale, shift) = convolution.epilogue.folded(channels: outputs)
    let weightCount = ck_bfloat_weight_bytes(outputs, inputs) / MemoryLayout<Float>.stride
    let packed = convolution.weight.packed(
      .separable(overlaps: overlaps), constants: (scale ?? []) + (shift ?? []),
      count: weightCount + outputs, with: self
    ) { target in
      ck_bfloat_pack(
        threadCount, outputs, inputs, 0, overlaps ? 1 : 0, convolution.weight.values, scale, target)
      for (index, value) in (shift ?? Array(repeating: 0, count: outputs)).enumerated() {
        target[weightCount + index] = value
      }
    }
    return PackedConvolution(
      packed: packed, biasOffset: weightCount,
      range: convolution.epilogue.activation.range ?? (-.infinity, .infinity))
  }

  private func folded(_ convolution: FoldedConvolution) -> PackedConvolution {
    let problem = convolution.problem
    let (outputs, taken) = (
      problem.outputChannels, problem.weightCount / problem.outputChannels
    )
    let (scale, shift) = convolution.epilogue.folded(channels: outputs)
    let packed = convolution.weight.packed(
      .separable(overlaps: false), constants: (scale ?? []) + (shift ?? []),
      count: ck_separable_weight_count(outputs, taken), with: self
    ) { target in
      ck_separable_pack(outputs, taken, convolution.weight.values, scale, shift, target)
    }
    return PackedConvolution(
      packed: packed, biasOffset: ck_separable_weight_count(outputs, taken - 1),
      range: convolution.epilogue.activation.range ?? (-.infinity, .infinity))
  }
}

/// Weights and, behind them, biases.
private struct PackedConvolution {
  let packed: PackedFloats
  let biasOffset: Int
  let range: (low: Float, high: Float)

  var lowered: ck_folded {
    ck_folded(
      weights: packed.floats, bias: packed.floats + biasOffset, low: range.low, high: range.high)
  }

  var loweredCompact: ck_bfloat_folded {
    ck_bfloat_folded(
      weights: packed.floats, bias: packed.floats + biasOffset, low: range.low, high: range.high)
  }
}
