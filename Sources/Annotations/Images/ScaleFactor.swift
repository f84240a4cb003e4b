/// The width and height of an image after a resize, relative to those before.
///
/// The two differ even where proportions are kept, because sides are whole numbers of pixels.
public struct ScaleFactor: Sendable, Equatable {
  public var width: Float
  public var height: Float

  public init(width: Float, height: Float) {
    self.width = width
    self.height = height
  }

  /// The factor between two sizes `(height, width, …)`.
  public init(from old: [Int], to new: [Int]) {
    self.init(
      width: Float(Double(new[1]) / Double(old[1])),
      height: Float(Double(new[0]) / Double(old[0])))
  }

  /// Upstream's order, one factor for each coordinate of a box.
  public var values: [Float] { [width, height, width, height] }

  /// This factor, and another one after it.
  public func followed(by other: ScaleFactor) -> ScaleFactor {
    ScaleFactor(width: width * other.width, height: height * other.height)
  }
}
