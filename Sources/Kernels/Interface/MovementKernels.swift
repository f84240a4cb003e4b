/// Equal blocks of elements at equal distances.
public struct Blocks {
  public var length: Int
  public var count: Int
  public var sourceStride: Int
  public var targetStride: Int

  public init(length: Int, count: Int, sourceStride: Int, targetStride: Int) {
    self.length = length
    self.count = count
    self.sourceStride = sourceStride
    self.targetStride = targetStride
  }
}

/// The channels of an activation in two places: the first `cut` of each pixel, and the others.
public struct CutChannels<Place> {
  public var cut: Int
  /// `nil` where they are not wanted.
  public var first: Place?
  public var rest: Place?

  public init(cut: Int, first: Place?, rest: Place?) {
    self.cut = cut
    self.first = first
    self.rest = rest
  }
}

public protocol MovementKernels {
  /// Copies elements, from one precision to another where they differ.
  func convert(_ source: Elements, to target: MutableElements, count: Int)
  func copy(_ blocks: Blocks, _ source: Source, to target: Target)
  func add(_ blocks: Blocks, _ source: Source, to target: Target)
  /// Each of `batch` row-major matrices of rows × columns becomes one of columns × rows.
  func transpose(_ source: Source, batch: Int, rows: Int, columns: Int, into target: Target)
  /// Channel `g * (channels / groups) + i` becomes channel `i * groups + g`.
  func shuffleChannels(
    _ source: Source, pixels: Int, channels: Int, groups: Int, into target: Target)
  /// Channels a0 b0 a1 b1 … of each pixel, from `half` channels each; all in one precision.
  func interleave(
    _ a: Elements, _ b: Elements, pixels: Int, half: Int, into parts: CutChannels<MutableElements>)
  /// The other way.
  func deinterleave(
    _ parts: CutChannels<Source>, pixels: Int, half: Int, into a: Target, _ b: Target)
}
