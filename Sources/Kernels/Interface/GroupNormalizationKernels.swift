/// A batch of activations whose channels are normalised in groups, each image for itself.
public struct GroupNormalizationProblem: Hashable, Sendable {
  public var images: Int
  /// Pixels of one image.
  public var pixels: Int
  public var channels: Int
  /// A divisor of the number of channels.
  public var groups: Int
  public var epsilon: Float
  public var function: PointwiseFunction

  public init(
    images: Int, pixels: Int, channels: Int, groups: Int, epsilon: Float,
    function: PointwiseFunction
  ) {
    self.images = images
    self.pixels = pixels
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
    self.function = function
  }
}

public protocol GroupNormalizationKernels {
  /// `function((x - mean) / √(variance + epsilon) * weight + bias)`, mean and (biased) variance of
  /// the group.
  ///
  /// - Parameters:
  ///   - mean, variance: receive images × groups numbers.
  func normalizeGroups(
    _ problem: GroupNormalizationProblem, _ x: Source, _ parameters: ChannelParameters,
    mean: Target, variance: Target, into y: Target)

  func normalizeGroupsBackward(
    _ problem: GroupNormalizationProblem, _ x: Source, gradient dy: Source, mean: Source,
    variance: Source, _ parameters: ChannelParameters, into gradients: NormalizationGradients)
}
