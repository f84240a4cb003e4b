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
  let problem = convolutionProblem(x.shape, weight: weight, bias: bias, geometry)
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

func convolutionProblem(
  _ input: Shape, weight: Parameter, bias: Parameter?, _ geometry: ConvolutionGeometry
) -> ConvolutionProblem {
  precondition(input.rank == 4, "conv2d: input of shape \(input) is not [N, C, H, W]")
  precondition(
    weight.shape.rank == 4, "conv2d: weight of shape \(weight.shape) is not [O, I, kH, kW]")
  precondition(
    input[1] == weight.shape[1] * geometry.groups,
    "conv2d: input has \(input[1]) channels, weight expects "
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
    images: input[0], inputChannels: input[1], inputSize: [input[2], input[3]],
    outputChannels: weight.shape[0], kernel: [weight.shape[2], weight.shape[3]],
    stride: geometry.stride, padding: geometry.padding, dilation: geometry.dilation,
    groups: geometry.groups)
  precondition(
    problem.outputSize.x > 0 && problem.outputSize.y > 0,
    "conv2d: kernel \(problem.kernel) does not fit into input of shape \(input)")
  return problem
}

extension ConvolutionProblem {
  var outputShape: Shape {
    [images, outputChannels, outputSize.x, outputSize.y]
  }
}
