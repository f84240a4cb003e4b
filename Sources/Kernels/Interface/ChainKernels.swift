/// An activation as the kernels of a chain read it: a function of it by channel, or itself.
public struct ActivationOperand {
  public var values: Elements
  public var function: ChannelFunction?

  public init(_ values: Elements, function: ChannelFunction? = nil) {
    self.values = values
    self.function = function
  }
}

/// The gradient of an activation as the kernels of a chain read it: computed from the gradient of a
/// normalisation behind it, or as it is.
public struct ActivationGradientOperand {
  /// With `g = gradient * f'(x)` for the function `f` of the activation `x`, the gradient of `x` is
  /// `slope * g + tilt * x + offset`, by channel.
  public struct Normalization {
    public var activation: ActivationOperand
    public var slope: Source
    public var tilt: Source
    public var offset: Source

    public init(activation: ActivationOperand, slope: Source, tilt: Source, offset: Source) {
      self.activation = activation
      self.slope = slope
      self.tilt = tilt
      self.offset = offset
    }
  }

  public var gradient: Elements
  public var normalization: Normalization?

  public init(_ gradient: Elements, through normalization: Normalization? = nil) {
    self.gradient = gradient
    self.normalization = normalization
  }
}

/// Where a convolution puts what its backward pass gives.
public struct ChainGradients {
  /// With `g = dx * f'(x)` for the function `f` of the input: the sums of `g` and of
  /// `g * (x - center)` by channel.
  public struct Sums {
    public var center: Source
    public var sum: Target
    public var product: Target

    public init(center: Source, sum: Target, product: Target) {
      self.center = center
      self.sum = sum
      self.product = product
    }
  }

  public var input: MutableElements?
  /// Only beside ``input``, and where the input has a function.
  public var sums: Sums?
  public var weight: Target?

  public init(input: MutableElements?, sums: Sums?, weight: Target?) {
    self.input = input
    self.sums = sums
    self.weight = weight
  }
}

/// Convolutions, most of them pointwise or depthwise, together with the normalisations before and behind
/// them: what lies between them stays in a processor's cache.
public protocol ChainKernels {
  /// Whether the device has such kernels for a convolution. They read and write elements in its
  /// ``ConvolutionKernels/precision(of:)`` or in float32.
  func chains(_ problem: ConvolutionProblem) -> Bool

  /// Whether these kernels take no function of the input, and give no gradient of it.
  func chainsOnlyWeights(_ problem: ConvolutionProblem) -> Bool

  /// - Parameter moments: take mean and biased variance of the output's channels.
  func convolveChain(
    _ problem: ConvolutionProblem, _ x: ActivationOperand, weight: WeightOperand, bias: Source?,
    into y: MutableElements, moments: (mean: Target, variance: Target)?)

  func convolveChainBackward(
    _ problem: ConvolutionProblem, _ x: ActivationOperand, gradient dy: ActivationGradientOperand,
    weight: WeightOperand, into gradients: ChainGradients)
}
