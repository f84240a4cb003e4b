internal import CCodecs

/// Reads JPEG, PNG, WebP, TIFF, BMP and PNM images, pixel for pixel as OpenCV does.
///
/// The format is told from the content, never from the name: public data sets hold PNG files
/// named `.JPEG`.
public enum ImageDecoder {
  /// An image, and the damage in its file from which the decoder recovered.
  struct Decoded {
    var image: Image
    var damage: String?
  }

  /// - Throws: ``VisionError/unreadable(file:reason:)`` and what ``decode(_:file:mode:)`` throws.
  public static func read(
    file: String, mode: ColorMode = .color
  ) throws(VisionError) -> Image {
    try decoded(file: file, mode: mode).image
  }

  /// - Parameters:
  ///   - data: the content of the file.
  ///   - file: its name, for messages.
  /// - Throws: ``VisionError/corruptImage(file:format:reason:)`` if nothing of the data can be
  ///   decoded. Of a JPEG file that is damaged or cut short the rest is grey.
  public static func decode(
    _ data: [UInt8], file: String, mode: ColorMode = .color
  ) throws(VisionError) -> Image {
    try decoded(data, file: file, mode: mode).image
  }

  static func decoded(file: String, mode: ColorMode) throws(VisionError) -> Decoded {
    try decoded(try FileBytes.read(file), file: file, mode: mode)
  }

  static func decoded(
    _ data: [UInt8], file: String, mode: ColorMode
  ) throws(VisionError) -> Decoded {
    guard let format = ImageFormat(data) else {
      guard !data.isEmpty else {
        throw .corruptImage(file: file, format: "", reason: "the file is empty")
      }
      guard let name = ImageFormat.nameOfUnreadFormat(data) else { throw .notAnImage(file: file) }
      throw .unsupportedImage(file: file, reason: "\(name) images cannot be read")
    }
    do {
      var (decoded, orientation) = try format.decode(data, mode: mode)
      if orientation == .upright, mode.respectsOrientation { orientation = ExifOrientation(data) }
      if orientation != .upright { decoded.image = try decoded.image.upright(from: orientation) }
      return decoded
    } catch {
      throw error.isShortage
        ? .noMemory(file: file, reason: error.reason)
        : .corruptImage(file: file, format: format.rawValue, reason: error.reason)
    }
  }
}

/// The formats that are read, told by their first bytes.
enum ImageFormat: String {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"
  case tiff = "TIFF"
  case bitmap = "BMP"
  case anymap = "PNM"

  init?(_ data: [UInt8]) {
    if data.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if data.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if data.starts(with: "RIFF".utf8), data.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webp
    } else if [
      [0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43],
    ]
    .contains(Array(data.prefix(4))) {
      self = .tiff
    } else if data.starts(with: [0x42, 0x4D]) {
      self = .bitmap
    } else if data.count > 2, data[0] == UInt8(ascii: "P"),
      (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(data[1]), AnymapFormat.isSpace(data[2])
    {
      self = .anymap
    } else {
      return nil
    }
  }

  /// The name of a format that is known and not read.
  static func nameOfUnreadFormat(_ data: [UInt8]) -> String? {
    if data.starts(with: "GIF8".utf8) { return "GIF" }
    if data.starts(with: [0, 0, 0, 12, 0x6A, 0x50]) || data.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) {
      return "JPEG 2000"
    }
    if data.starts(with: [0x76, 0x2F, 0x31, 1]) { return "OpenEXR" }
    if data.starts(with: "#?RADIANCE".utf8) { return "Radiance HDR" }
    if data.starts(with: [0xFF, 0x0A]) { return "JPEG XL" }
    guard data.dropFirst(4).starts(with: "ftyp".utf8) else { return nil }
    let brand = data.dropFirst(8).prefix(4)
    if brand.elementsEqual("avif".utf8) || brand.elementsEqual("avis".utf8) { return "AVIF" }
    return ["heic", "heix", "mif1", "msf1"].contains { brand.elementsEqual($0.utf8) } ? "HEIF" : nil
  }

  /// The image as it is stored, and how it is to be turned in every mode.
  func decode(
    _ data: [UInt8], mode: ColorMode
  ) throws(ImagingFailure) -> (ImageDecoder.Decoded, ExifOrientation) {
    switch self {
    case .jpeg: try decode(data, mode: mode, ccodecs_jpeg_inspect, ccodecs_jpeg_decode)
    case .png: try decode(data, mode: mode, ccodecs_png_inspect, ccodecs_png_decode)
    case .webp: try decode(data, mode: mode, ccodecs_webp_inspect, ccodecs_webp_decode)
    case .tiff: try decode(data, mode: mode, ccodecs_tiff_inspect, ccodecs_tiff_decode)
    case .bitmap: (.init(image: try BitmapFormat.decode(data, mode: mode)), .upright)
    case .anymap: (.init(image: try AnymapFormat.decode(data, mode: mode)), .upright)
    }
  }

  private typealias Inspect = (
    UnsafePointer<UInt8>, Int, Int32, UnsafeMutablePointer<ccodecs_image_info>,
    UnsafeMutablePointer<CChar>, Int
  ) -> Int32
  private typealias Decode = (
    UnsafePointer<UInt8>, Int, Int32, UnsafeMutablePointer<UInt8>, Int,
    UnsafeMutablePointer<CChar>, Int
  ) -> Int32

  private func decode(
    _ data: [UInt8], mode: ColorMode, _ inspect: Inspect, _ decode: Decode
  ) throws(ImagingFailure) -> (ImageDecoder.Decoded, ExifOrientation) {
    let code = mode.code
    var head = ccodecs_image_info()
    try callingC { message, size in
      inspect(data, data.count, code, &head, message, size)
    }
    let (width, height, channels) = (Int(head.width), Int(head.height), Int(head.channels))
    try Image.checkSize(width: width, height: height)
    if mode == .unchanged, head.depth == 16 {
      throw ImagingFailure(reason: "16-bit samples cannot be kept unchanged")
    }
    var damage: String?
    let bytes = try PixelMemory.filled(width * height * channels, of: UInt8.self) {
      buffer throws(ImagingFailure) in
      guard let pixels = buffer.baseAddress else { throw ImagingFailure(reason: "no memory") }
      damage = try callingDecoder { message, size in
        decode(data, data.count, code, pixels, buffer.count, message, size)
      }
    }
    let image = Image(width: width, height: height, channels: channels, bytes: bytes)
    return (
      .init(image: image, damage: damage),
      ExifOrientation(rawValue: Int(head.orientation)) ?? .upright
    )
  }
}

extension ColorMode {
  fileprivate var code: Int32 {
    switch self {
    case .color, .colorIgnoringOrientation: Int32(CCODECS_COLOR)
    case .grayscale, .grayscaleIgnoringOrientation: Int32(CCODECS_GRAY)
    case .unchanged: Int32(CCODECS_UNCHANGED)
    }
  }

  /// The channels of an image that a file holds with `stored` channels.
  func channels(stored: Int) -> Int {
    switch self {
    case .color, .colorIgnoringOrientation: 3
    case .grayscale, .grayscaleIgnoringOrientation: 1
    case .unchanged: stored
    }
  }
}
