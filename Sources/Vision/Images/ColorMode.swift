/// What decoding turns a picture into; the flags of mmcv's `imread`.
public enum ColorMode: String, Sendable, CaseIterable {
  /// BGR, turned upright as its EXIF orientation says.
  case color
  /// One channel, turned upright.
  case grayscale
  /// The channels of the file, as stored.
  case unchanged
  case colorIgnoringOrientation = "color_ignore_orientation"
  case grayscaleIgnoringOrientation = "grayscale_ignore_orientation"

  var respectsOrientation: Bool {
    self == .color || self == .grayscale
  }
}
