/// Facts about an image besides its pixels; upstream's `img_metas`.
public struct ImageMeta: Sendable, Equatable {
  /// The path that was opened.
  public var filename: String
  /// The path as the data set lists it, relative to its folder.
  public var originalFilename: String
  /// `(height, width, channels)` as loaded; empty before loading.
  public var originalShape: [Int] = []
  /// `(height, width, channels)` after the last resize or crop that records it, as upstream does.
  public var imageShape: [Int] = []
  /// `(height, width, channels)` with the image's own padding; empty where nothing was padded.
  ///
  /// A batch may be larger still: its shape is that of its largest image.
  public var padShape: [Int] = []
  /// The extent of the image relative to the loaded one; `nil` before a resize.
  public var scaleFactor: ScaleFactor?
  /// Whether the image was mirrored; `nil` when the pipeline has no flip.
  public var flip: Bool?
  public var flipDirection: FlipDirection?
  public var normalization: Normalization?

  public init(filename: String, originalFilename: String) {
    self.filename = filename
    self.originalFilename = originalFilename
  }
}
