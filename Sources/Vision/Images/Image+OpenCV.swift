internal import Annotations
internal import CImaging

extension Image {
  /// Lends the pixels of a part of the picture to a C function that only reads them.
  private func withPicture<Value>(
    _ region: Region? = nil, _ body: (cimaging_picture) -> Value
  ) -> Value {
    let area = region ?? Region(x: 0, y: 0, width: width, height: height)
    let first = (area.y * width + area.x) * channels
    func lend(_ raw: UnsafeRawBufferPointer, type: Int, size: Int) -> Value {
      body(
        cimaging_picture(
          pixels: raw.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + first * size) },
          width: Int32(area.width), height: Int32(area.height), channels: Int32(channels),
          type: Int32(type), stride: width * channels * size))
    }
    return switch pixels {
    case .bytes(let bytes):
      bytes.withUnsafeBytes { lend($0, type: CIMAGING_UINT8, size: 1) }
    case .floats(let floats):
      floats.withUnsafeBytes { lend($0, type: CIMAGING_FLOAT32, size: 4) }
    }
  }

  /// Lends the pixels to a C function that changes them in place.
  private mutating func modifyPicture(
    _ body: (UnsafePointer<cimaging_picture>, UnsafeMutablePointer<CChar>, Int) -> Int32
  ) throws(ImagingFailure) {
    let (width, height, channels) = (Int32(width), Int32(height), Int32(channels))
    var failure: ImagingFailure?
    func change(_ pixels: UnsafeMutableRawPointer?, type: Int, size: Int) {
      var picture = cimaging_picture(
        pixels: pixels, width: width, height: height, channels: channels, type: Int32(type),
        stride: Int(width) * Int(channels) * size)
      do {
        try callingC { message, size in body(&picture, message, size) }
      } catch {
        failure = error
      }
    }
    mutateBytes { change(UnsafeMutableRawPointer($0.baseAddress), type: CIMAGING_UINT8, size: 1) }
    mutateFloats {
      change(UnsafeMutableRawPointer($0.baseAddress), type: CIMAGING_FLOAT32, size: 4)
    }
    if let failure { throw failure }
  }

  /// A new picture of the same kind that a C function fills.
  private func filled(
    width: Int, height: Int,
    _ body: (UnsafePointer<cimaging_picture>) throws(ImagingFailure) -> Void
  ) throws(ImagingFailure) -> Image {
    try Self.checkSize(width: width, height: height)
    let count = width * height * channels
    func lend(
      _ pixels: UnsafeMutableRawPointer?, type: Int, size: Int
    ) throws(ImagingFailure) {
      var picture = cimaging_picture(
        pixels: pixels, width: Int32(width), height: Int32(height), channels: Int32(channels),
        type: Int32(type), stride: width * channels * size)
      try body(&picture)
    }
    switch pixels {
    case .bytes:
      let bytes = try PixelMemory.filled(count, of: UInt8.self) { buffer throws(ImagingFailure) in
        try lend(UnsafeMutableRawPointer(buffer.baseAddress), type: CIMAGING_UINT8, size: 1)
      }
      return Image(width: width, height: height, channels: channels, bytes: bytes)
    case .floats:
      let floats = try PixelMemory.filled(count, of: Float.self) { buffer throws(ImagingFailure) in
        try lend(UnsafeMutableRawPointer(buffer.baseAddress), type: CIMAGING_FLOAT32, size: 4)
      }
      return Image(width: width, height: height, channels: channels, floats: floats)
    }
  }

  /// A part of the picture, scaled by OpenCV.
  func resizedByOpenCV(
    width: Int, height: Int, region: Region?, interpolation: Interpolation
  ) throws(ImagingFailure) -> Image {
    let code =
      switch interpolation {
      case .nearest: CIMAGING_NEAREST
      case .bilinear, .hamming, .box: CIMAGING_BILINEAR
      case .bicubic: CIMAGING_BICUBIC
      case .area: CIMAGING_AREA
      case .lanczos: CIMAGING_LANCZOS
      }
    return try filled(width: width, height: height) { target throws(ImagingFailure) in
      try callingC { message, size in
        withPicture(region) { source in
          var source = source
          return cimaging_resize(&source, target, Int32(code), message, size)
        }
      }
    }
  }

  /// What lies beyond the border of a padded picture.
  enum Border: String, Sendable, CaseIterable {
    case constant
    /// The outermost pixels, repeated.
    case edge
    /// The picture mirrored at its outermost pixels.
    case reflect
    /// The picture mirrored at its edge.
    case symmetric
  }

  /// The picture with a border.
  ///
  /// - Parameter value: per channel, for ``Border/constant``.
  func padded(
    _ margins: Margins, border: Border, value: [Double]
  ) throws(ImagingFailure) -> Image {
    if margins == Margins() { return self }
    let code =
      switch border {
      case .constant: CIMAGING_BORDER_CONSTANT
      case .edge: CIMAGING_BORDER_EDGE
      case .reflect: CIMAGING_BORDER_REFLECT
      case .symmetric: CIMAGING_BORDER_SYMMETRIC
      }
    let values = (0..<4).map { value.isEmpty ? 0 : value[min($0, value.count - 1)] }
    return try filled(
      width: extent.padded(margins).width, height: extent.padded(margins).height
    ) { target throws(ImagingFailure) in
      try callingC { message, size in
        withPicture { source in
          var source = source
          return cimaging_pad(
            &source, target, Int32(margins.left), Int32(margins.top), Int32(code), values, message,
            size)
        }
      }
    }
  }

  /// Replaces colours by grey in all channels; `isRGB` tells how the channels are weighed.
  mutating func makeGray(isRGB: Bool) throws(ImagingFailure) {
    try modifyPicture { cimaging_make_gray($0, isRGB ? 1 : 0, $1, $2) }
  }

  /// Writes a line of text.
  ///
  /// - Parameters:
  ///   - baseline: the row of the text's baseline.
  ///   - scale: 1 makes capitals about 22 pixels high.
  ///   - color: blue, green, red in 0 ... 255.
  mutating func drawText(
    _ text: String, left: Int, baseline: Int, scale: Double, color: [Double], thickness: Int
  ) throws(ImagingFailure) {
    try modifyPicture {
      cimaging_draw_text(
        $0, text, Int32(left), Int32(baseline), scale, color, Int32(thickness), $1, $2)
    }
  }

  /// Scales all samples; mmcv's `adjust_brightness`.
  mutating func adjustBrightness(factor: Double) throws(ImagingFailure) {
    try modifyPicture { cimaging_blend_with_constant($0, factor, 0, $1, $2) }
  }

  /// Draws all samples towards the mean grey or away from it; mmcv's `adjust_contrast`.
  mutating func adjustContrast(factor: Double) throws(ImagingFailure) {
    var mean = 0.0
    try callingC { message, size in
      withPicture { source in
        var source = source
        return cimaging_gray_mean(&source, &mean, message, size)
      }
    }
    let anchor = mean.rounded(.toNearestOrEven)
    try modifyPicture { cimaging_blend_with_constant($0, factor, anchor, $1, $2) }
  }

  /// Draws every pixel towards its grey value or away from it; mmcv's `adjust_color`.
  mutating func adjustColor(factor: Double) throws(ImagingFailure) {
    try modifyPicture { cimaging_blend_with_gray($0, factor, $1, $2) }
  }
}
