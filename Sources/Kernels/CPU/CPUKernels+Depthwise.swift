internal import CKernels

// Depthwise convolutions together with what lies around them, rows of an image at a time.

extension CPUKernels {
  /// - Parameters:
  ///   - scale: a factor of each channel's weights.
  ///   - shift: what is added to each channel.
  ///   - range: limits of the results; not beside `moments`.
  func convolveDepthwise(
    _ problem: ConvolutionProblem, _ x: inout ck_activation, weight: WeightOperand,
    scale: [Float]?, shift: Source?, range: (low: Float, high: Float)?, into y: MutableElements,
    moments: (mean: Target, variance: Target)?
  ) {
    var geometry = problem.depthwise
    let weights = packed(weight, problem, scale: scale)
    let scratch = floatScratch(count: ck_depthwise_scratch(threadCount, &geometry))
    let (low, high) = range ?? (-.infinity, .infinity)
    withExtendedLifetime(weights) {
      if precision == .bfloat16 {
        ck_bfloat_depthwise_convolve(
          threadCount, &geometry, &x, weights.floats, shift, low, high, y.address,
          y.precision.flag, moments?.mean, moments?.variance, scratch)
      } else {
        ck_depthwise_convolve(
          threadCount, &geometry, &x, weights.floats, shift, low, high, y.neededFloats,
          moments?.mean, moments?.variance, scratch)
      }
    }
  }

  func convolveDepthwiseBackward(
    _ problem: ConvolutionProblem, _ x: inout ck_activation,
    gradient dy: inout ck_activation_gradient, weight: WeightOperand, into gradients: ChainGradients
  ) {
    var geometry = problem.depthwise
    let weights = packed(weight, problem, scale: nil)
    let scratch = floatScratch(count: ck_depthwise_gradient_scratch(threadCount, &geometry))
    let (dx, sums) = (gradients.input, gradients.sums)
    withExtendedLifetime(weights) {
      if precision == .bfloat16 {
        ck_bfloat_depthwise_gradient(
          threadCount, &geometry, &x, &dy, weights.floats, dx?.address, dx?.precision.flag ?? 0,
          sums?.center, sums?.sum, sums?.product, gradients.weight, scratch)
      } else {
        ck_depthwise_gradient(
          threadCount, &geometry, &x, &dy, weights.floats, dx?.neededFloats, sums?.center,
          sums?.sum, sums?.product, gradients.weight, scratch)
      }
    }
  }

  /// - Parameter y: in float32, unless all that follows the convolution are limits.
  func convolveDepthwise(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand, _ epilogue: FoldedEpilogue,
    into y: MutableElements
  ) {
    var input = ActivationOperand(x).lowered
    let (residual, activation) = (epilogue.residual, epilogue.activation)
    let range = residual == nil ? activation.range : nil
    convolveDepthwise(
      problem, &input, weight: weight, scale: epilogue.scale, shift: epilogue.shift, range: range,
      into: y, moments: nil)
    if let residual {
      addResidual(residual, activation, to: y.neededFloats, count: problem.outputCount)
    } else if range == nil {
      apply(
        activation, Source(y.neededFloats), into: y.neededFloats, count: problem.outputCount)
    }
  }

  private func packed(
    _ weight: WeightOperand, _ problem: ConvolutionProblem, scale: [Float]?
  ) -> PackedFloats {
    var geometry = problem.depthwise
    return weight.packed(
      .depthwise(isScaled: scale != nil), constants: scale,
      count: ck_depthwise_weight_count(&geometry), with: self
    ) { target in
      ck_depthwise_pack(&geometry, weight.values, scale, target)
    }
  }
}

extension ConvolutionProblem {
  /// Whether the kernels above know the convolution.
  var isDepthwiseChain: Bool {
    var geometry = depthwise
    return isDepthwise && ck_depthwise_fits(&geometry) != 0
  }
}
