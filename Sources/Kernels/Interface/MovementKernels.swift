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
  /// Channels a0 b0 a1 b1 … of each pixel; strides are the distances between pixels.
  func interleave(
    _ a: Source, stride aStride: Int, _ b: Source, stride bStride: Int, pixels: Int, half: Int,
    into target: Target)
  func deinterleave(
    _ source: Source, pixels: Int, half: Int, into a: Target, stride aStride: Int,
    and b: Target, stride bStride: Int)
}
