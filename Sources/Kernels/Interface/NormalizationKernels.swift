/// The factor and the offset of each channel behind the normalisation; `nil` for 1 and 0.
public struct ChannelParameters {
  public var weight: Source?
  public var bias: Source?

  public init(weight: Source?, bias: Source?) {
    self.weight = weight
    self.bias = bias
  }
}

/// Gradients that a normalisation's backward pass may be asked for.
public struct NormalizationGradients {
  /// May be the gradient that goes in.
  public var input: Target?
  public var weight: Target?
  public var bias: Target?

  public init(input: Target?, weight: Target?, bias: Target?) {
    self.input = input
    self.weight = weight
    self.bias = bias
  }
}

/// `function(x * scale + shift)`, with a scale and a shift for each channel.
public struct ChannelFunction {
  public var function: PointwiseFunction
  public var scale: Source
  public var shift: Source

  public init(_ function: PointwiseFunction, scale: Source, shift: Source) {
    self.function = function
    self.scale = scale
    self.shift = shift
  }
}

public protocol NormalizationKernels {
  /// Mean and biased variance of each channel over all pixels.
  func channelStatistics(
    _ x: Elements, pixels: Int, channels: Int, mean: Target, variance: Target)

  /// `running += share * (new - running)`; the variance enters unbiased.
  func updateRunning(
    mean: Source, variance: Source, pixels: Int, channels: Int, share: Float,
    runningMean: Target?, runningVariance: Target?)

  /// `y = f(x)`
  func apply(
    _ f: ChannelFunction, _ x: Elements, pixels: Int, channels: Int, into y: MutableElements)

  /// With `g = dy * f'(x)`: the sums of `g` and of `g * (x - center)` over all pixels.
  func channelGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target)

  /// Both at once: `y = f(x)`, and the sums.
  func applyWithGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target, into y: MutableElements)

  /// With `g = dy * f'(x)`: `dx = a * g + b * x + c`; dx may be dy.
  func channelGradient(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    a: Source, b: Source, c: Source, into dx: MutableElements)
}
