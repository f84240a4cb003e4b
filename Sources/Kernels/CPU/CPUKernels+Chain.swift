internal import CKernels

extension CPUKernels {
  public func chains(_ problem: ConvolutionProblem) -> Bool {
    switch method(of: problem) {
    case .pointwise, .depthwise, .windows: true
    case .winograd, .general: false
    }
  }

  public func chainsOnlyWeights(_ problem: ConvolutionProblem) -> Bool {
    method(of: problem) == .windows
  }

  func method(of problem: ConvolutionProblem) -> ConvolutionMethod {
    if goesThroughWinograd(problem) { return .winograd }
    guard !problem.isEmpty else { return .general }
    if problem.isDepthwiseChain { return .depthwise }
    let channels = [problem.inputChannels, problem.outputChannels]
    if problem.isPointwise, problem.groups == 1, channels.allSatisfy({ $0 <= 4096 }) {
      return .pointwise
    }
    return precision == .bfloat16 && problem.hasShortWindows ? .windows : .general
  }

  public func convolveChain(
    _ problem: ConvolutionProblem, _ x: ActivationOperand, weight: WeightOperand, bias: Source?,
    into y: MutableElements, moments: (mean: Target, variance: Target)?
  ) {
    var input = x.lowered
    if problem.isDepthwise {
      convolveDepthwise(
        problem, &input, weight: weight, scale: nil, shift: bias, range: nil, into: y,
        moments: moments)
      return
    }
    if chainsOnlyWeights(problem) {
      convolveWindows(
        problem, x.values, weight: weight, FoldedEpilogue(shift: bias), into: y, moments: moments)
      return
    }
    if precision == .bfloat16 {
      convolveCompact(
        problem, &input, weight: weight, FoldedEpilogue(shift: bias), into: y, moments: moments)
      return
    }
    let y = y.neededFloats
    let weights = packed(weight, problem, isTransposed: false)
    let scratch = floatScratch(
      count: ck_pointwise_scratch(threadCount, problem.inputChannels))
    withExtendedLifetime(weights) {
      ck_pointwise_convolve(
        threadCount, problem.outputPixels, problem.inputChannels, problem.outputChannels, &input,
        weights.floats, bias, y, moments?.mean, moments?.variance, scratch)
    }
  }

  public func convolveChainBackward(
    _ problem: ConvolutionProblem, _ x: ActivationOperand, gradient dy: ActivationGradientOperand,
    weight: WeightOperand, into gradients: ChainGradients
  ) {
    var (input, gradient) = (x.lowered, dy.lowered)
    if problem.isDepthwise {
      convolveDepthwiseBackward(
        problem, &input, gradient: &gradient, weight: weight, into: gradients)
      return
    }
    if chainsOnlyWeights(problem) {
      if let weight = gradients.weight {
        convolveWindowsBackward(problem, x.values, gradient: &gradient, into: weight)
      }
      return
    }
    if precision == .bfloat16 {
      convolveCompactBackward(
        problem, &input, gradient: &gradient, weight: weight, into: gradients)
      return
    }
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let weights = gradients.input == nil ? nil : packed(weight, problem, isTransposed: true)
    let sums = gradients.sums
    let scratch = floatScratch(
      count: ck_pointwise_gradient_scratch(threadCount, inputs, outputs))
    withExtendedLifetime(weights) {
      ck_pointwise_gradient(
        threadCount, problem.outputPixels, inputs, outputs, &input, &gradient, weights?.floats,
        gradients.input?.neededFloats, sums?.center, sums?.sum, sums?.product, gradients.weight,
        scratch)
    }
  }

  func convolvePointwise(
    _ problem: ConvolutionProblem, _ x: Source, weight: WeightOperand, _ epilogue: FoldedEpilogue,
    into y: Target
  ) {
    let range = epilogue.activation.range
    let weights = packed(weight, problem, isTransposed: false, scale: epilogue.scale)
    let scratch = floatScratch(
      count: ck_pointwise_scratch(threadCount, problem.inputChannels))
    let (low, high) = range ?? (-.infinity, .infinity)
    withExtendedLifetime(weights) {
      ck_pointwise_infer(
        threadCount, problem.outputPixels, problem.inputChannels, problem.outputChannels, x,
        weights.floats, epilogue.shift, epilogue.residual?.neededFloats, low, high, y, scratch)
    }
    guard range == nil else { return }
    apply(epilogue.activation, Source(y), into: y, count: problem.outputCount)
  }

  private func packed(
    _ weight: WeightOperand, _ problem: ConvolutionProblem, isTransposed: Bool,
    scale: [Float]? = nil
  ) -> PackedFloats {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let (given, taken) = isTransposed ? (inputs, outputs) : (outputs, inputs)
    return weight.packed(
      .pointwise(isTransposed: isTransposed, isScaled: scale != nil), constants: scale,
      count: ck_pointwise_weight_count(given, taken), with: self
    ) { target in
      ck_pointwise_pack(
        threadCount, outputs, inputs, isTransposed ? 1 : 0, weight.values, scale, target)
    }
  }
}

extension ActivationOperand {
  var lowered: ck_activation {
    ck_activation(
      x: values.address, bfloat: values.precision.flag,
      function: (function?.function ?? .identity).lowered, scale: function?.scale,
      shift: function?.shift)
  }
}

extension ActivationGradientOperand {
  fileprivate var lowered: ck_activation_gradient {
    ck_activation_gradient(
      dy: gradient.address, bfloat: gradient.precision.flag,
      output: (normalization?.activation ?? ActivationOperand(gradient)).lowered,
      a: normalization?.slope, b: normalization?.tilt, c: normalization?.offset)
  }
}
