internal import Kernels

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

  func lowered(channels: Int) -> FoldedNormalization {
    precondition(
      mean.shape.count == channels,
      "\(mean.shape.count) statistics for \(channels) channels")
    return FoldedNormalization(
      parameters: ChannelParameters(weight: weight?.value.source, bias: bias?.value.source),
      mean: mean.source, variance: variance.source, epsilon: epsilon)
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
  let problem = convolutionProblem(x.shape, weight: weight, bias: bias, geometry)
  let precision = x.kernels.precision(of: problem)
  let addend = residual?.activation
  if let addend {
    precondition(
      addend.shape == problem.outputShape,
      "\(addend.shape) is added to an output of \(problem.outputShape)")
  }
  let given = x.activation
  let input = x.kernels.readsEitherPrecision(problem) ? given : given.kept(in: precision)
  // A sum of many blocks is kept as exact as it can be.
  let output = Tensor.activation(
    problem.outputShape, addend == nil ? precision : .float32, on: x.device)
  let normalization = folding?.lowered(channels: problem.outputChannels)
  withExtendedLifetime((input, folding, addend)) {
    x.kernels.convolve(
      problem, input.elements, weight: weight.weightOperand,
      epilogue: ConvolutionEpilogue(
        bias: bias?.value.source, normalization: normalization,
        residual: addend.map { precision == .float32 ? Elements($0.source) : $0.elements },
        activation: activation.function),
      into: output.mutableElements)
  }
  return output
}
