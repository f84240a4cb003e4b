/// What is known about a picture besides its pixels; upstream's `img_metas`.
public struct ImageMeta: Sendable, Equatable {
  /// The path that was opened.
  public var filename: String
  /// The path as the data set lists it, relative to its folder.
  public var originalFilename: String
  /// `(height, width, channels)` as loaded; empty before loading.
  public var originalShape: [Int] = []
  /// `(height, width, channels)` after the last resize or crop that records it, as upstream does.
  public var imageShape: [Int] = []
  /// Whether the picture was mirrored; `nil` when the pipeline has no flip.
  public var flip: Bool?
  public var flipDirection: FlipDirection?
  public var normalization: Normalization?

  public init(filename: String, originalFilename: String) {
    self.filename = filename
    self.originalFilename = originalFilename
  }
}

/// The axis of a mirroring.
public enum FlipDirection: String, Sendable, CaseIterable {
  /// Left and right change places.
  case horizontal
  /// Top and bottom change places.
  case vertical
}
