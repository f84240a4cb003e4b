/// What a node of the tape computed, to `switch` over: tracing reads meaning here, not class names.
public enum Operation {
  /// A value from outside: the images, or a parameter used as a tensor.
  case input
  case parameter(Parameter)
  case convolution(ConvolutionGeometry, weight: Parameter, bias: Parameter?)
  case linear(weight: Parameter, bias: Parameter?)
  /// Normalisation with the activation that is fused behind it.
  case batchNorm(weight: Parameter?, bias: Parameter?, activation: Activation)
  case activation(Activation)
  case add
  case subtract
  case multiply
  case divide
  /// Joins the inputs along the axis (of `[N, C, H, W]`).
  case concatenate(axis: Int)
  /// The part `range` of the input along the axis.
  case slice(axis: Int, range: Range<Int>)
  /// Channel `g * (C / groups) + i` of the input becomes channel `i * groups + g`.
  case channelShuffle(groups: Int)
  case pool(Pooling)
  case reshape
  case permute
  case dropout
  case softmax(axis: Int)
  case logSoftmax(axis: Int)
  case reduce(Reduction)
  /// Any loss on scores that yields one number.
  case loss(String)
  /// Pointwise arithmetic that keeps channels apart (scaling by a constant, power, clamp, …).
  case elementwise(String)

  public enum Reduction: Hashable, Sendable { case sum, mean, max }
}

/// Pointwise activations that kernels know, and can fuse behind normalisation.
public enum Activation: Hashable, Sendable {
  case identity
  case relu
  /// `min(max(x, 0), 6)`
  case relu6
  /// `x * relu6(x + 3) / 6`
  case hardSwish
  /// `min(max((x + bias) / divisor, minimum), maximum)`, as mmcv's `HSigmoid`.
  case hardSigmoid(bias: Float, divisor: Float, minimum: Float, maximum: Float)
  case sigmoid
  /// `x * sigmoid(x)`
  case swish
  case tanh
  case leakyReLU(slope: Float)
  case gelu
}

/// The geometry of a 2-D convolution.
public struct ConvolutionGeometry: Hashable, Sendable {
  public var stride: SIMD2<Int>
  public var padding: SIMD2<Int>
  public var dilation: SIMD2<Int>
  public var groups: Int

  /// - Parameters: height first, then width.
  public init(
    stride: SIMD2<Int> = [1, 1], padding: SIMD2<Int> = [0, 0], dilation: SIMD2<Int> = [1, 1],
    groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }
}

/// The geometry of a 2-D pooling.
public struct Pooling: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case max
    case average(countsPadding: Bool)
    /// Mean over all pixels: `[N, C, H, W]` to `[N, C, 1, 1]`.
    case globalAverage
  }

  public var kind: Kind
  public var kernel: SIMD2<Int>
  public var stride: SIMD2<Int>
  public var padding: SIMD2<Int>
  public var roundsUp: Bool

  public init(
    kind: Kind, kernel: SIMD2<Int> = [1, 1], stride: SIMD2<Int> = [1, 1],
    padding: SIMD2<Int> = [0, 0], roundsUp: Bool = false
  ) {
    self.kind = kind
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.roundsUp = roundsUp
  }
}
