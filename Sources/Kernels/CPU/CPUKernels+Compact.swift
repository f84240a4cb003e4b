internal import CKernels

// Pointwise convolutions of bfloat16 together with what lies around them.

extension CPUKernels {
  /// - Parameter moments: not beside an activation or a residual.
  func convolveCompact(
    _ problem: ConvolutionProblem, _ x: inout ck_activation, weight: WeightOperand,
    _ epilogue: FoldedEpilogue, into y: MutableElements,
    moments: (mean: Target, variance: Target)?
  ) {
    let weights = compact(weight, problem, isTransposed: false, scale: epilogue.scale)
    let scratch = byteScratch(
      count: ck_bfloat_scratch_bytes(threadCount, problem.inputChannels))
    var end = epilogue.end(writing: y.precision)
    withExtendedLifetime(weights) {
      ck_bfloat_convolve(
        threadCount, problem.outputPixels, problem.inputChannels, problem.outputChannels, &x,
        weights.floats, epilogue.shift, &end, y.address, moments?.mean, moments?.variance, scratch)
    }
  }

  func convolveCompactBackward(
    _ problem: ConvolutionProblem, _ x: inout ck_activation,
    gradient dy: inout ck_activation_gradient, weight: WeightOperand, into gradients: ChainGradients
  ) {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let weights =
      gradients.input == nil ? nil : compact(weight, problem, isTransposed: true, scale: nil)
    let scratch = byteScratch(
      count: ck_bfloat_gradient_scratch_bytes(threadCount, inputs, outputs))
    let (dx, sums) = (gradients.input, gradients.sums)
    withExtendedLifetime(weights) {
      ck_bfloat_gradient(
        threadCount, problem.outputPixels, inputs, outputs, &x, &dy, weights?.floats, dx?.address,
        dx?.precision.flag ?? 0, sums?.center, sums?.sum, sums?.product, gradients.weight, scratch)
    }
  }

  private func compact(
    _ weight: WeightOperand, _ problem: ConvolutionProblem, isTransposed: Bool, scale: [Float]?
  ) -> PackedFloats {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let (given, taken) = isTransposed ? (inputs, outputs) : (outputs, inputs)
    return weight.packed(
      .compact(isTransposed: isTransposed, isScaled: scale != nil), constants: scale,
      count: ck_bfloat_weight_bytes(given, taken) / MemoryLayout<Float>.stride, with: self
    ) { target in
      ck_bfloat_pack(
        threadCount, outputs, inputs, isTransposed ? 1 : 0, 0, weight.values, scale, target)
    }
  }

  /// Working memory, valid until the next kernel runs.
  func byteScratch(count: Int) -> UnsafeMutableRawPointer? {
    oneDNN.scratchpad(byteCount: count)
  }
}

extension FoldedEpilogue {
  func end(writing y: Precision) -> ck_bfloat_end {
    ck_bfloat_end(
      function: activation.lowered, residual: residual?.address,
      residual_bfloat: residual?.precision.flag ?? 0, y_bfloat: y.flag)
  }
}
