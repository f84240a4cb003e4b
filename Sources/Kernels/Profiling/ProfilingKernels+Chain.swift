extension ProfilingKernels {
  public func chains(_ problem: ConvolutionProblem) -> Bool { base.chains(problem) }

  public func chainsOnlyWeights(_ problem: ConvolutionProblem) -> Bool {
    base.chainsOnlyWeights(problem)
  }

  public func convolveChain(
    _ problem: ConvolutionProblem, _ x: ActivationOperand, weight: WeightOperand, bias: Source?,
    into y: MutableElements, moments: (mean: Target, variance: Target)?
  ) {
    profile.measure(
      "\(problem.chainName), forward", operations: 2 * Double(problem.products),
      elements: kept(problem.inputCount + problem.outputCount, by: problem) + problem.weightCount
    ) {
      base.convolveChain(problem, x, weight: weight, bias: bias, into: y, moments: moments)
    }
  }

  public func convolveChainBackward(
    _ problem: ConvolutionProblem, _ x: ActivationOperand, gradient dy: ActivationGradientOperand,
    weight: WeightOperand, into gradients: ChainGradients
  ) {
    let passes = (gradients.input == nil ? 0 : 1) + (gradients.weight == nil ? 0 : 1)
    let inputs = problem.inputCount * (gradients.input == nil ? 1 : 2)
    let outputs = problem.outputCount * (dy.normalization == nil ? 1 : 2)
    profile.measure(
      "\(problem.chainName), gradients",
      operations: 2 * Double(passes * problem.products),
      elements: kept(inputs + outputs, by: problem) + passes * problem.weightCount
    ) {
      base.convolveChainBackward(problem, x, gradient: dy, weight: weight, into: gradients)
    }
  }
}

extension ProfilingKernels {
  public func fuses(_ convolution: SeparableConvolution) -> Bool { base.fuses(convolution) }

  public func convolve(
    _ convolution: SeparableConvolution, _ x: Elements, into y: MutableElements
  ) {
    let parts = [convolution.widen, convolution.filter, convolution.narrow].compactMap(\.?.problem)
    let first = parts.first?.inputCount ?? 0
    profile.measure(
      "convolution separable, folded",
      operations: 2 * Double(parts.reduce(0) { $0 + $1.products }),
      elements: kept(
        first + convolution.narrow.problem.outputCount, by: convolution.narrow.problem)
        + parts.reduce(0) { $0 + $1.weightCount }
    ) {
      base.convolve(convolution, x, into: y)
    }
  }
}

extension ProfilingKernels {
  /// Of float32, as much memory as these elements take in the convolution's precision.
  private func kept(_ count: Int, by problem: ConvolutionProblem) -> Int {
    count * precision(of: problem).byteCount / Precision.float32.byteCount
  }
}

extension ConvolutionProblem {
  fileprivate var chainName: String {
    isDepthwise ? "convolution depthwise" : isPointwise ? "convolution 1x1" : "convolution dense"
  }
}
