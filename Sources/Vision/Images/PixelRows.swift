internal import CCodecs

/// The pixels of an image, made row by row from BGRA samples.
struct PixelRows: ~Copyable {
  private let target: UnsafeMutableBufferPointer<UInt8>
  private let width: Int
  private let channels: Int
  /// One row of BGRA samples, alpha opaque until it is set.
  var line: [UInt8]

  /// An image whose every row `body` makes.
  static func image(
    width: Int, height: Int, channels: Int,
    _ body: (inout PixelRows) throws(ImagingFailure) -> Void
  ) throws(ImagingFailure) -> Image {
    try Image.checkSize(width: width, height: height)
    let bytes = try PixelMemory.filled(width * height * channels, of: UInt8.self) {
      buffer throws(ImagingFailure) in
      var rows = PixelRows(
        target: buffer, width: width, channels: channels,
        line: [UInt8](repeating: 255, count: width * 4))
      try body(&rows)
    }
    return Image(width: width, height: height, channels: channels, bytes: bytes)
  }

  /// Turns the line into row `y`.
  func store(_ y: Int) {
    guard let start = target.baseAddress else { return }
    ccodecs_take_channels(line, 4, start + y * width * channels, Int32(channels), width)
  }
}
