public import Annotations

/// How test-time augmentation wants a sample to be seen; transforms that draw or choose otherwise
/// obey it.
public struct ViewRequest: Sendable, Equatable {
  /// The size that a resize is to fit the image into, whatever the resize's own says.
  public var scale: Extent?
  /// The factor by which a resize is to scale the image.
  public var ratio: Double?
  /// The mirroring that a random flip is to do; `nil` for none.
  public var flip: FlipDirection?

  public init(scale: Extent? = nil, ratio: Double? = nil, flip: FlipDirection? = nil) {
    self.scale = scale
    self.ratio = ratio
    self.flip = flip
  }
}
