/// Pictures without compression: Windows bitmaps of 8, 24 or 32 bits and binary PGM and PPM.
///
/// Data sets of the ImageNet kind may list them; they are read here in full, with bounds checked.
enum PlainFormats {
  /// A Windows bitmap.
  static func bitmap(_ data: [UInt8], mode: ColorMode) throws(ImagingFailure) -> Image {
    func number(_ offset: Int, _ bytes: Int) throws(ImagingFailure) -> Int {
      guard offset + bytes <= data.count else { throw cutShort }
      return (0..<bytes).reversed().reduce(0) { $0 << 8 + Int(data[offset + $1]) }
    }
    let start = try number(10, 4)
    let headerSize = try number(14, 4)
    let width = Int(Int32(truncatingIfNeeded: try number(18, 4)))
    let signedHeight = Int(Int32(truncatingIfNeeded: try number(22, 4)))
    let bits = try number(28, 2)
    let compression = try number(30, 4)
    guard headerSize >= 40, [8, 24, 32].contains(bits), compression == 0 else {
      throw ImagingFailure(
        reason: "only uncompressed bitmaps of 8, 24 or 32 bits are supported, "
          + "this has \(bits) bits and compression \(compression)")
    }
    let height = abs(signedHeight)
    try Image.checkSize(width: width, height: height)
    let stride = (width * bits + 31) / 32 * 4
    guard start + stride * height <= data.count else { throw cutShort }
    var palette: [[UInt8]] = []
    if bits == 8 {
      let used = try number(46, 4)
      let first = 14 + headerSize
      let count = used == 0 ? 256 : min(used, 256)
      guard first + count * 4 <= data.count else { throw cutShort }
      palette = (0..<count).map { Array(data[(first + $0 * 4)..<(first + $0 * 4 + 3)]) }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * height * 3)
    for y in 0..<height {
      // A positive height means that the lowest row comes first.
      let row = start + (signedHeight > 0 ? height - 1 - y : y) * stride
      for x in 0..<width {
        if bits == 8 {
          let index = Int(data[row + x])
          guard index < palette.count else {
            throw ImagingFailure(reason: "colour \(index) of \(palette.count)")
          }
          bytes += palette[index]
        } else {
          let pixel = row + x * bits / 8
          bytes += data[pixel..<(pixel + 3)]
        }
      }
    }
    let image = Image(width: width, height: height, channels: 3, bytes: bytes)
    let hasGrayPalette = !palette.isEmpty && palette.allSatisfy { $0[0] == $0[1] && $0[1] == $0[2] }
    return converted(image, mode: mode, isGray: hasGrayPalette)
  }

  /// A binary PGM (`P5`) or PPM (`P6`) file.
  static func anymap(_ data: [UInt8], mode: ColorMode) throws(ImagingFailure) -> Image {
    var position = 2
    /// The next number of the head; comments run from `#` to the end of the line.
    func number() throws(ImagingFailure) -> Int {
      while position < data.count, data[position] == 0x23 || isSpace(data[position]) {
        if data[position] == 0x23 {
          while position < data.count, data[position] != 0x0A { position += 1 }
        } else {
          position += 1
        }
      }
      var value = 0
      let first = position
      while position < data.count, (0x30...0x39).contains(data[position]), position < first + 9 {
        value = value * 10 + Int(data[position] - 0x30)
        position += 1
      }
      guard position > first else { throw cutShort }
      return value
    }
    let isColor = data[1] == 0x36
    let (width, height, largest) = (try number(), try number(), try number())
    guard largest == 255 else {
      throw ImagingFailure(reason: "a largest value of \(largest) is not supported, only 255")
    }
    try Image.checkSize(width: width, height: height)
    position += 1
    let count = width * height * (isColor ? 3 : 1)
    guard position + count <= data.count else { throw cutShort }
    var bytes = Array(data[position..<(position + count)])
    if isColor {
      for pixel in stride(from: 0, to: count, by: 3) { bytes.swapAt(pixel, pixel + 2) }
    } else {
      bytes = bytes.flatMap { [$0, $0, $0] }
    }
    let image = Image(width: width, height: height, channels: 3, bytes: bytes)
    return converted(image, mode: mode, isGray: !isColor)
  }

  private static var cutShort: ImagingFailure { ImagingFailure(reason: "the file is cut short") }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// The picture in the channels that the mode asks for; grey as OpenCV's decoders compute it.
  private static func converted(_ image: Image, mode: ColorMode, isGray: Bool) -> Image {
    switch mode {
    case .color, .colorIgnoringOrientation: return image
    case .unchanged where !isGray: return image
    case .unchanged, .grayscale, .grayscaleIgnoringOrientation:
      guard let bytes = image.bytes else { return image }
      let gray = stride(from: 0, to: bytes.count, by: 3).map { pixel in
        let (blue, green, red) = (
          Int(bytes[pixel]), Int(bytes[pixel + 1]), Int(bytes[pixel + 2])
        )
        return UInt8((blue * 1868 + green * 9617 + red * 4899 + 1 << 13) >> 14)
      }
      return Image(width: image.width, height: image.height, channels: 1, bytes: gray)
    }
  }
}
