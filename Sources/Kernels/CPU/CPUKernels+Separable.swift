internal import CKernels

extension CPUKernels {
  public func fuses(_ convolution: SeparableConvolution) -> Bool {
    let parts = [convolution.widen, convolution.filter, convolution.narrow].compactMap(\.self)
    guard parts.allSatisfy({ $0.epilogue.activation.range != nil }),
      method(of: convolution.filter.problem) == .depthwise,
      method(of: convolution.narrow.problem) == .pointwise,
      convolution.widen.map({ method(of: $0.problem) == .pointwise }) ?? true
    else { return false }
    // A residual is added behind the limits, and only at the end.
    return parts.dropLast().allSatisfy { $0.epilogue.residual == nil }
      && (convolution.narrow.epilogue.residual == nil
        || convolution.narrow.epilogue.activation == .identity)
  }

  public func convolve(_ convolution: SeparableConvolution, _ x: Source, into y: Target) {
    var geometry = convolution.filter.problem.depthwise
    let first = convolution.widen ?? convolution.filter
    let parts = [convolution.widen, convolution.filter, convolution.narrow].map { part in
      part.map { folded($0) }
    }
    let scratch = floatScratch(count: ck_separable_scratch(threadCount, &geometry))
    let lowered = parts.map { $0?.lowered ?? ck_folded() }
    withExtendedLifetime(parts) {
      ck_separable(
        threadCount, &geometry, first.problem.inputChannels,
        convolution.narrow.problem.outputChannels, x, lowered[0], lowered[1], lowered[2],
        convolution.narrow.epilogue.residual, y, scratch)
    }
  }

  private func folded(_ convolution: FoldedConvolution) -> PackedConvolution {
    let problem = convolution.problem
    let (outputs, taken) = (
      problem.outputChannels, problem.weightCount / problem.outputChannels
    )
    let (scale, shift) = convolution.epilogue.folded(channels: outputs)
    let packed = convolution.weight.packed(
      .separable, constants: (scale ?? []) + (shift ?? []),
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
}
