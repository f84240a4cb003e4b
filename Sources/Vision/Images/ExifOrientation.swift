/// How a camera was held: how stored rows and columns relate to what is up (EXIF tag 0x0112).
enum ExifOrientation: Int, Sendable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case flipped = 4
  /// Rows and columns change places.
  case transposed = 5
  /// To be turned clockwise by a quarter.
  case turnedLeft = 6
  case antitransposed = 7
  /// To be turned anticlockwise by a quarter.
  case turnedRight = 8

  /// Reads the orientation from a JPEG or PNG file; upright if there is none or it is damaged.
  init(_ file: [UInt8]) {
    let value = Self.exifBlock(file).flatMap { Self.orientation(in: file, block: $0) }
    self = value.flatMap(ExifOrientation.init(rawValue:)) ?? .upright
  }

  /// Where the TIFF structure lies in the file.
  private static func exifBlock(_ file: [UInt8]) -> Range<Int>? {
    file.starts(with: [0xFF, 0xD8]) ? jpegBlock(file) : pngBlock(file)
  }

  /// The first APP1 segment that holds EXIF.
  private static func jpegBlock(_ file: [UInt8]) -> Range<Int>? {
    var position = 2
    while position + 4 <= file.count, file[position] == 0xFF {
      let marker = file[position + 1]
      if marker == 0xFF {
        position += 1
        continue
      }
      // Segments end where the compressed data starts.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let end = position + 2 + Int(file[position + 2]) << 8 + Int(file[position + 3])
      let name: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
      if marker == 0xE1, end <= file.count, file[(position + 4)..<end].starts(with: name) {
        return (position + 4 + name.count)..<end
      }
      position = end
    }
    return nil
  }

  /// The `eXIf` chunk.
  private static func pngBlock(_ file: [UInt8]) -> Range<Int>? {
    var position = 8
    while position + 8 <= file.count {
      let length = (0..<4).reduce(0) { $0 << 8 + Int(file[position + $1]) }
      let end = position + 8 + length
      guard end <= file.count else { return nil }
      if file[(position + 4)..<(position + 8)].elementsEqual([0x65, 0x58, 0x49, 0x66]) {
        return (position + 8)..<end
      }
      position = end + 4
    }
    return nil
  }

  private static func orientation(in file: [UInt8], block: Range<Int>) -> Int? {
    let isLittle: Bool
    switch file[block].prefix(2) {
    case [0x49, 0x49]: isLittle = true
    case [0x4D, 0x4D]: isLittle = false
    default: return nil
    }
    func number(at offset: Int, bytes: Int) -> Int? {
      let start = block.lowerBound + offset
      guard offset >= 0, start + bytes <= block.upperBound else { return nil }
      let part = file[start..<(start + bytes)]
      return isLittle
        ? part.reversed().reduce(0) { $0 << 8 + Int($1) }
        : part.reduce(0) { $0 << 8 + Int($1) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let count = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + entry * 12
      guard let tag = number(at: offset, bytes: 2) else { return nil }
      if tag == 0x0112 { return number(at: offset + 8, bytes: 2) }
    }
    return nil
  }
}
