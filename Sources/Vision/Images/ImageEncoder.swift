internal import CCodecs

/// Writes pictures as JPEG and PNG.
public enum ImageEncoder {
  /// A baseline JPEG file of a BGR picture.
  ///
  /// - Parameter quality: 1 to 100, on libjpeg's scale.
  static func jpeg(_ image: Image, quality: Int) throws(ImagingFailure) -> [UInt8] {
    guard let bytes = image.bytes, image.channels == 3 else {
      throw ImagingFailure(reason: "only 8-bit colour pictures are written as JPEG")
    }
    return try owned { data, count, message, size in
      ccodecs_jpeg_encode(
        bytes, Int32(image.width), Int32(image.height), Int32(quality), data, count, message, size)
    }
  }

  /// A PNG file of a grey or BGR picture.
  static func png(_ image: Image) throws(ImagingFailure) -> [UInt8] {
    guard let bytes = image.bytes, image.channels == 1 || image.channels == 3 else {
      throw ImagingFailure(reason: "only 8-bit grey or colour pictures are written as PNG")
    }
    return try owned { data, count, message, size in
      ccodecs_png_encode(
        bytes, Int32(image.width), Int32(image.height), Int32(image.channels), data, count,
        message, size)
    }
  }

  /// Encodes by the ending of the name, `.png` or else JPEG, and writes the file.
  public static func write(
    _ image: Image, to file: String, quality: Int = 95
  ) throws(VisionError) {
    let bytes: [UInt8]
    do {
      bytes = try file.hasSuffix(".png") ? png(image) : jpeg(image, quality: quality)
    } catch {
      throw .unwritable(file: file, reason: error.reason)
    }
    try FileBytes.write(bytes, to: file)
  }

  /// Copies what a C function allocated, and frees it.
  private static func owned(
    _ encode: (
      UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>,
      UnsafeMutablePointer<CChar>, Int
    ) -> Int32
  ) throws(ImagingFailure) -> [UInt8] {
    var data: UnsafeMutablePointer<UInt8>?
    var count = 0
    try callingC { message, size in encode(&data, &count, message, size) }
    defer { ccodecs_free(data) }
    return Array(UnsafeBufferPointer(start: data, count: count))
  }
}
