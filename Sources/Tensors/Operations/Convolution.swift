internal import Kernels

/// Convolution of `x` `[N, C, H, W]` with `weight` `[O, C / groups, kH, kW]` and `bias` `[O]`.
///
/// - Parameter gathersMoments: whether a normalisation by batch statistics follows: mean and
///   variance are then gathered while the output is in the cache.
/// - Returns: `[N, O, H', W']`
public func conv2d(
  _ x: Tensor, weight: Parameter, bias: Parameter? = nil, _ geometry: ConvolutionGeometry,
  gathersMoments: Bool = false
) -> Tensor {
  let problem = convolutionProblem(x, weight: weight, bias: bias, geometry)
  let input = x.activation
  let precision = x.kernels.precision(of: problem)
  let output = Tensor.activation(problem.outputShape, precision, on: x.device)
  let convolution = PartialConvolution(
    problem: problem, precision: precision, weight: weight, bias: bias, kernels: x.kernels)
  if gathersMoments || input.pending != nil || precision != .float32 {
    if let (mean, variance) = convolution.forward(
      input, into: output, gathersMoments: gathersMoments)
    {
      output.storage.knowledge = .moments(mean: mean, variance: variance)
    }
  } else {
    x.kernels.convolve(
      problem, input.elements, weight: weight.weightOperand, bias: bias?.value.source,
      into: output.mutableElements)
  }
  if x.trace != nil { weight.discardCopiesInTraining() }
  return recorded(
    .convolution(geometry, weight: weight, bias: bias), inputs: [x], parameters: [weight, bias],
    value: output
  ) { [node = x.trace?.node] gradient, tape in
    var results = PartialConvolution.Gradients()
    if Parameter.wants(weight) || Parameter.wants(bias) {
      results.weight = weight.value.makeAlike()
      if Parameter.wants(bias) { results.bias = bias?.value.makeAlike() }
    }
    if tape.wantsGradient(at: node) { results.input = convolution.makeInputGradient(input) }
    convolution.backward(input, gradient: gradient, into: results)
    weight.discardCopiesInTraining()
    if let dw = results.weight, Parameter.wants(weight) { weight.accumulate(dw) }
    if let db = results.bias { bias?.accumulate(db) }
    if let dx = results.input { tape.accumulate(dx, at: node) }
  }
}

/// Normalisation by fixed statistics of each channel, to be folded into a convolution.
public struct FoldedNorm {
  /// `[C]`; `nil` for 1.
  public var weight: Parameter?
  /// `[C]`; `nil` for 0.
  public var bias: Parameter?
  /// `[C]`
  public var mean: Tensor
  /// `[C]`
  public var variance: Tensor
  public var epsilon: Float

  public init(
    weight: Parameter?, bias: Parameter?, mean: Tensor, variance: Tensor, epsilon: Float
  ) {
    self.weight = weight
    self.bias = bias
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }
}

/// Inference only: convolution, normalisation, addition of `residual` and activation in one pass.
/// `x` lies on no tape.
///
/// - Parameter residual: `[N, O, H', W']`; `nil` for nothing.
/// - Returns: `[N, O, H', W']`
public func conv2d(
  _ x: Tensor, weight: Parameter, bias: Parameter?, _ geometry: ConvolutionGeometry,
  folding: FoldedNorm?, adding residual: Tensor? = nil, activation: Activation
) -> Tensor {
  precondition(x.trace == nil, "a folded convolution has no gradient, but its input is recorded")
  let problem = convolutionProblem(x, weight: weight, bias: bias, geometry)
  let precision = x.kernels.precision(of: problem)
  let addend = residual?.activation
  if let addend {
    precondition(
      addend.shape == problem.outputShape,
      "\(addend.shape) is added to an output of \(problem.outputShape)")
    if precision != .float32 {
      let value = conv2d(
        x, weight: weight, bias: bias, geometry, folding: folding, activation: .identity)
      return activate(value + addend, activation)
    }
  }
  let input = x.activation.kept(in: precision)
  let output = Tensor.activation(problem.outputShape, precision, on: x.device)
  let normalization = folding.map { folding in
    precondition(
      folding.mean.shape.count == problem.outputChannels,
      "\(folding.mean.shape.count) statistics for \(problem.outputChannels) channels")
    return FoldedNormalization(
      parameters: ChannelParameters(
        weight: folding.weight?.value.source, bias: folding.bias?.value.source),
      mean: folding.mean.source, variance: folding.variance.source, epsilon: folding.epsilon)
  }
  withExtendedLifetime((input, folding, addend)) {
    x.kernels.convolve(
      problem, input.elements, weight: weight.weightOperand,
      epilogue: ConvolutionEpilogue(
        bias: bias?.value.source, normalization: normalization, residual: addend?.source,
        activation: activation.function),
      into: output.mutableElements)
  }
  return output
}

private func convolutionProblem(
  _ x: Tensor, weight: Parameter, bias: Parameter?, _ geometry: ConvolutionGeometry
) -> ConvolutionProblem {
  precondition(x.shape.rank == 4, "conv2d: input of shape \(x.shape) is not [N, C, H, W]")
  precondition(
    weight.shape.rank == 4, "conv2d: weight of shape \(weight.shape) is not [O, I, kH, kW]")
  precondition(
    x.shape[1] == weight.shape[1] * geometry.groups,
    "conv2d: input has \(x.shape[1]) channels, weight expects "
      + "\(weight.shape[1] * geometry.groups)")
  precondition(
    weight.shape[0] % geometry.groups == 0,
    "conv2d: \(weight.shape[0]) output channels for \(geometry.groups) groups")
  if let bias {
    precondition(
      bias.shape.count == weight.shape[0],
      "conv2d: bias of shape \(bias.shape) for \(weight.shape[0]) channels")
  }
  let problem = ConvolutionProblem(
    images: x.shape[0], inputChannels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputChannels: weight.shape[0], kernel: [weight.shape[2], weight.shape[3]],
    stride: geometry.stride, padding: geometry.padding, dilation: geometry.dilation,
    groups: geometry.groups)
  precondition(
    problem.outputSize.x > 0 && problem.outputSize.y > 0,
    "conv2d: kernel \(problem.kernel) does not fit into input of shape \(x.shape)")
  return problem
}

extension ConvolutionProblem {
  fileprivate var outputShape: Shape {
    [images, outputChannels, outputSize.x, outputSize.y]
  }
}
