/// A convolution of inference with all that lies behind it.
public struct FoldedConvolution {
  public var problem: ConvolutionProblem
  public var weight: WeightOperand
  public var epilogue: ConvolutionEpilogue

  public init(
    _ problem: ConvolutionProblem, weight: WeightOperand, epilogue: ConvolutionEpilogue
  ) {
    self.problem = problem
    self.weight = weight
    self.epilogue = epilogue
  }
}

/// A convolution divided into a depthwise one and pointwise ones, which mix the channels.
///
/// Chollet, "Xception" (2017); with a pointwise one before it, the inverted residual of Sandler et
/// al., "MobileNetV2" (2018).
public struct SeparableConvolution {
  public var widen: FoldedConvolution?
  /// Depthwise.
  public var filter: FoldedConvolution
  public var narrow: FoldedConvolution

  public init(
    widen: FoldedConvolution?, filter: FoldedConvolution, narrow: FoldedConvolution
  ) {
    self.widen = widen
    self.filter = filter
    self.narrow = narrow
  }
}

/// Separable convolutions at inference: what lies between their parts stays in a processor's cache.
public protocol SeparableKernels {
  /// Whether the device computes it as one.
  func fuses(_ convolution: SeparableConvolution) -> Bool

  func convolve(_ convolution: SeparableConvolution, _ x: Elements, into y: MutableElements)
}
