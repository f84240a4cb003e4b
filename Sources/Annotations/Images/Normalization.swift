/// Subtraction of a mean and division by a deviation, channel by channel.
public struct Normalization: Sendable, Equatable {
  /// One value per channel, in the order of the result (RGB if ``toRGB``).
  public let mean: [Float]
  public let deviation: [Float]
  /// Whether blue and red are exchanged first.
  public let toRGB: Bool

  public init(mean: [Float], deviation: [Float], toRGB: Bool) {
    precondition(
      mean.count == deviation.count,
      "\(mean.count) means for \(deviation.count) standard deviations")
    self.mean = mean
    self.deviation = deviation
    self.toRGB = toRGB
  }

  /// Leaves `channels` channels as they are.
  public static func identity(channels: Int) -> Normalization {
    Normalization(
      mean: Array(repeating: 0, count: channels), deviation: Array(repeating: 1, count: channels),
      toRGB: false)
  }
}
