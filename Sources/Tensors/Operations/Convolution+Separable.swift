internal import Kernels

/// A convolution and what is folded into it at inference.
public struct FoldedConv2d {
  /// `[O, I / groups, kH, kW]`
  public var weight: Parameter
  /// `[O]`
  public var bias: Parameter?
  public var geometry: ConvolutionGeometry
  public var norm: FoldedNorm?
  public var activation: Activation

  public init(
    weight: Parameter, bias: Parameter?, _ geometry: ConvolutionGeometry, norm: FoldedNorm?,
    activation: Activation
  ) {
    self.weight = weight
    self.bias = bias
    self.geometry = geometry
    self.norm = norm
    self.activation = activation
  }
}

/// Inference only: a pointwise, a depthwise and a pointwise convolution in one pass, and `residual`
/// added behind. `x` lies on no tape.
///
/// - Parameters:
///   - widen: the first one; `nil` where there is none.
///   - residual: `[N, O, H', W']`, where `narrow` has no activation; `nil` for nothing.
/// - Returns: `[N, O, H', W']`, or `nil` where the device has no such kernel for them.
public func separableConv2d(
  _ x: Tensor, widen: FoldedConv2d?, filter: FoldedConv2d, narrow: FoldedConv2d,
  adding residual: Tensor?
) -> Tensor? {
  precondition(x.trace == nil, "a folded convolution has no gradient, but its input is recorded")
  guard x.shape.rank == 4, filter.geometry.groups == filter.weight.shape[0]
  else { return nil }
  var shape = x.shape
  func lowered(_ part: FoldedConv2d, residual: Tensor? = nil) -> FoldedConvolution {
    let problem = convolutionProblem(
      shape, weight: part.weight, bias: part.bias, part.geometry)
    shape = problem.outputShape
    return FoldedConvolution(
      problem, weight: part.weight.weightOperand,
      epilogue: ConvolutionEpilogue(
        bias: part.bias?.value.source,
        normalization: part.norm?.lowered(channels: problem.outputChannels),
        residual: residual?.elements, activation: part.activation.function))
  }
  let (input, addend) = (x.activation, residual?.activation)
  let convolution = SeparableConvolution(
    widen: widen.map { lowered($0) }, filter: lowered(filter),
    narrow: lowered(narrow, residual: addend))
  guard x.kernels.fuses(convolution) else { return nil }
  if let addend {
    precondition(addend.shape == shape, "\(addend.shape) is added to an output of \(shape)")
  }
  // A sum of many blocks is kept as exact as it can be.
  let precision =
    addend == nil ? x.kernels.precision(of: convolution.narrow.problem) : .float32
  let output = Tensor.activation(shape, precision, on: x.device)
  withExtendedLifetime((input, widen, filter, narrow, addend)) {
    x.kernels.convolve(convolution, input.elements, into: output.mutableElements)
  }
  return output
}
