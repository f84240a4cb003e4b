internal import CCodecs

/// Reads JPEG, PNG, BMP, PGM and PPM pictures, pixel for pixel as OpenCV does.
///
/// The format is told from the content, never from the name: public data sets hold PNG files
/// named `.JPEG`.
public enum ImageDecoder {
  /// - Throws: ``VisionError/unreadable(file:reason:)`` and what ``decode(_:file:mode:)`` throws.
  public static func read(
    file: String, mode: ColorMode = .color
  ) throws(VisionError) -> Image {
    try decode(try FileBytes.read(file), file: file, mode: mode)
  }

  /// - Parameters:
  ///   - data: the content of the file.
  ///   - file: its name, for messages.
  /// - Throws: ``VisionError/corruptImage(file:format:reason:)`` if the data is damaged or cut
  ///   short, even where libjpeg would fill the gap with grey.
  public static func decode(
    _ data: [UInt8], file: String, mode: ColorMode = .color
  ) throws(VisionError) -> Image {
    guard let format = Format(data) else {
      throw data.isEmpty
        ? .corruptImage(file: file, format: "", reason: "the file is empty")
        : .notAnImage(file: file)
    }
    let image: Image
    do {
      image = try format.decode(data, mode: mode)
    } catch {
      throw .corruptImage(file: file, format: format.rawValue, reason: error.reason)
    }
    guard mode.respectsOrientation else { return image }
    return image.upright(from: ExifOrientation(data))
  }

  /// The formats, told by their first bytes.
  private enum Format: String {
    case jpeg = "JPEG"
    case png = "PNG"
    case bitmap = "BMP"
    case anymap = "PNM"

    init?(_ data: [UInt8]) {
      if data.starts(with: [0xFF, 0xD8, 0xFF]) {
        self = .jpeg
      } else if data.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
        self = .png
      } else if data.starts(with: [0x42, 0x4D]) {
        self = .bitmap
      } else if data.starts(with: [0x50, 0x35]) || data.starts(with: [0x50, 0x36]) {
        self = .anymap
      } else {
        return nil
      }
    }

    func decode(_ data: [UInt8], mode: ColorMode) throws(ImagingFailure) -> Image {
      switch self {
      case .jpeg: try decode(data, mode: mode, ccodecs_jpeg_inspect, ccodecs_jpeg_decode)
      case .png: try decode(data, mode: mode, ccodecs_png_inspect, ccodecs_png_decode)
      case .bitmap: try PlainFormats.bitmap(data, mode: mode)
      case .anymap: try PlainFormats.anymap(data, mode: mode)
      }
    }

    private typealias Inspect = (
      UnsafePointer<UInt8>, Int, Int32, UnsafeMutablePointer<ccodecs_picture>,
      UnsafeMutablePointer<CChar>, Int
    ) -> Int32
    private typealias Decode = (
      UnsafePointer<UInt8>, Int, Int32, UnsafeMutablePointer<UInt8>, Int,
      UnsafeMutablePointer<CChar>, Int
    ) -> Int32

    private func decode(
      _ data: [UInt8], mode: ColorMode, _ inspect: Inspect, _ decode: Decode
    ) throws(ImagingFailure) -> Image {
      let code = mode.code
      var head = ccodecs_picture()
      try callingC { message, size in
        inspect(data, data.count, code, &head, message, size)
      }
      let (width, height, channels) = (Int(head.width), Int(head.height), Int(head.channels))
      try Image.checkSize(width: width, height: height)
      if mode == .unchanged, head.depth == 16 {
        throw ImagingFailure(reason: "16-bit samples cannot be kept unchanged")
      }
      let bytes = try [UInt8](capacity: width * height * channels) {
        buffer throws(ImagingFailure) in
        guard let pixels = buffer.baseAddress else { throw ImagingFailure(reason: "no memory") }
        try callingC { message, size in
          decode(data, data.count, code, pixels, buffer.count, message, size)
        }
      }
      return Image(width: width, height: height, channels: channels, bytes: bytes)
    }
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
}

extension Array {
  /// An array of `count` elements that `body` fills completely, or throws.
  init<E: Error>(
    capacity count: Int, _ body: (UnsafeMutableBufferPointer<Element>) throws(E) -> Void
  ) throws(E) where Element: BitwiseCopyable {
    var failure: E?
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(E) {
        try body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    self = elements
  }
}
