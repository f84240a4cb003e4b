/// What a node of the tape computed, to `switch` over: tracing reads meaning here, not class names.
public enum Operation {
  /// A value from outside: the images, or a parameter used as a tensor.
  case input
  case parameter(Parameter)
  case convolution(ConvolutionGeometry, weight: Parameter, bias: Parameter?)
  case linear(weight: Parameter, bias: Parameter?)
  /// Normalisation with the activation that is fused behind it.
  case batchNorm(weight: Parameter?, bias: Parameter?, activation: Activation)
  /// Normalisation of groups of channels, each image for itself, with the activation behind.
  case groupNorm(groups: Int, weight: Parameter?, bias: Parameter?, activation: Activation)
  case activation(Activation)
  /// The leaky rectifier whose slopes, one or one a channel, are a parameter.
  case prelu(weight: Parameter)
  case add
  case subtract
  case multiply
  case divide
  case power
  case maximum
  case minimum
  /// The product of two matrices, or of two batches of them.
  case matrixProduct
  /// Joins the inputs along the axis (of `[N, C, H, W]`).
  case concatenate(axis: Int)
  /// The part `range` of the input along the axis.
  case slice(axis: Int, range: Range<Int>)
  /// Channel `g * (C / groups) + i` of the input becomes channel `i * groups + g`.
  case channelShuffle(groups: Int)
  case pool(Pooling)
  case resize(Resize)
  /// Rows and columns added around an image.
  case pad(Padding)
  case reshape
  /// Axis `axes[i]` of the input becomes axis `i`.
  case permute(axes: [Int])
  /// Elements picked by their position along the axis.
  case gather(axis: Int)
  /// Elements added to zeros at given positions along the axis.
  case scatter(axis: Int)
  /// Regions of an image cut out and brought to one size.
  case alignRegions(RegionAlign)
  /// The first input where a mask says so, elsewhere the second.
  case select
  case dropout
  case softmax(axis: Int)
  case logSoftmax(axis: Int)
  case reduce(Reduction)
  /// Any loss on scores that yields one number.
  case loss(String)
  /// Pointwise arithmetic that keeps channels apart (scaling by a constant, power, clamp, …).
  case elementwise(String)

  public enum Reduction: Hashable, Sendable { case sum, mean, max, min, norm }
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
    /// The sum of a window, padding included, over a number that is always the same.
    case quotient(divisor: Int)
    /// Mean over all pixels: `[N, C, H, W]` to `[N, C, 1, 1]`.
    case globalAverage
    /// Maximum over all pixels: `[N, C, H, W]` to `[N, C, 1, 1]`.
    case globalMax
    /// Windows that divide the image into `output` parts as evenly as possible.
    case adaptiveAverage(output: SIMD2<Int>)
    case adaptiveMax(output: SIMD2<Int>)
  }

  public var kind: Kind
  public var kernel: SIMD2<Int>
  public var stride: SIMD2<Int>
  public var padding: SIMD2<Int>
  public var roundsUp: Bool
  /// The distance of a window's pixels; of maxima only.
  public var dilation: SIMD2<Int>

  public init(
    kind: Kind, kernel: SIMD2<Int> = [1, 1], stride: SIMD2<Int> = [1, 1],
    padding: SIMD2<Int> = [0, 0], roundsUp: Bool = false, dilation: SIMD2<Int> = [1, 1]
  ) {
    self.kind = kind
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.roundsUp = roundsUp
    self.dilation = dilation
  }
}
