/// One batch of activations to normalise per channel, and the function behind.
public struct NormalizationProblem: Hashable, Sendable {
  public var pixels: Int
  public var channels: Int
  public var epsilon: Float
  public var function: PointwiseFunction

  public init(pixels: Int, channels: Int, epsilon: Float, function: PointwiseFunction) {
    self.pixels = pixels
    self.channels = channels
    self.epsilon = epsilon
    self.function = function
  }
}

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
    _ x: Source, pixels: Int, channels: Int, mean: Target, variance: Target)

  /// `running += share * (new - running)`; the variance enters unbiased.
  func updateRunning(
    mean: Source, variance: Source, pixels: Int, channels: Int, share: Float,
    runningMean: Target?, runningVariance: Target?)

  /// `function((x - mean) / √(variance + epsilon) * weight + bias)`
  func normalize(
    _ problem: NormalizationProblem, _ x: Source, mean: Source, variance: Source,
    _ parameters: ChannelParameters, into y: Target)

  /// - Parameter usesBatchStatistics: whether mean and variance are those of `x`, so that the
  ///   gradient flows through them as well.
  func normalizeBackward(
    _ problem: NormalizationProblem, _ x: Source, gradient dy: Source, mean: Source,
    variance: Source, _ parameters: ChannelParameters, usesBatchStatistics: Bool,
    into gradients: NormalizationGradients)

  /// `y = f(x)`
  func apply(_ f: ChannelFunction, _ x: Source, pixels: Int, channels: Int, into y: Target)

  /// With `g = dy * f'(x)`: the sums of `g` and of `g * (x - center)` over all pixels.
  func channelGradientSums(
    _ f: ChannelFunction, _ x: Source, gradient dy: Source, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target)

  /// Both at once: `y = f(x)`, and the sums.
  func applyWithGradientSums(
    _ f: ChannelFunction, _ x: Source, gradient dy: Source, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target, into y: Target)

  /// With `g = dy * f'(x)`: `dx = a * g + b * x + c`; dx may be dy.
  func channelGradient(
    _ f: ChannelFunction, _ x: Source, gradient dy: Source, pixels: Int, channels: Int,
    a: Source, b: Source, c: Source, into dx: Target)
}
