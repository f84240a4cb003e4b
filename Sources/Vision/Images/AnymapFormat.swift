/// Portable anymaps: text (`P1` to `P3`), binary (`P4` to `P6`) and with a head of names (`P7`).
enum AnymapFormat {
  /// The fields of a file's head.
  private struct Head {
    var width = 0
    var height = 0
    /// The greatest value of a sample.
    var largest = 1
    /// Samples of a pixel.
    var depth = 1
    var isText = false
    /// Whether each pixel is a bit, of which 1 is black.
    var isBits = false
    /// Whether the largest value of binary samples stands for full brightness.
    var isScaled = false

    var isDeep: Bool { largest > 255 }
  }

  static func decode(_ data: [UInt8], mode: ColorMode) throws(ImagingFailure) -> Image {
    var scanner = Scanner(data: data)
    let head = data[1] == UInt8(ascii: "7") ? try scanner.namedHead() : try scanner.head()
    guard (1...65535).contains(head.largest) else {
      throw ImagingFailure(reason: "a largest value of \(head.largest) is not supported")
    }
    try Image.checkSize(width: head.width, height: head.height)
    if head.isDeep, mode == .unchanged {
      throw ImagingFailure(reason: "16-bit samples cannot be kept unchanged")
    }
    let channels = mode.channels(stored: head.depth == 2 ? 4 : head.depth)
    return try PixelRows.image(width: head.width, height: head.height, channels: channels) {
      rows throws(ImagingFailure) in
      for y in 0..<head.height {
        try scanner.read(head, into: &rows.line)
        rows.store(y)
      }
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private struct Scanner {
    let data: [UInt8]
    var position = 2

    /// Width, height and the largest value.
    mutating func head() throws(ImagingFailure) -> Head {
      var head = Head()
      let kind = data[1] - UInt8(ascii: "0")
      head.isText = kind <= 3
      head.isBits = kind == 1 || kind == 4
      head.depth = kind == 3 || kind == 6 ? 3 : 1
      head.width = try number()
      head.height = try number()
      if !head.isBits { head.largest = try number() }
      position += 1
      return head
    }

    /// Lines of a name and a value, up to `ENDHDR`.
    mutating func namedHead() throws(ImagingFailure) -> Head {
      var head = Head(isScaled: true)
      while let line = nextLine() {
        let words = line.split(separator: " ")
        guard let name = words.first, !name.hasPrefix("#") else { continue }
        let value = words.count > 1 ? Int(words[1]) : nil
        switch name {
        case "ENDHDR":
          guard (1...4).contains(head.depth) else {
            throw ImagingFailure(reason: "pixels of \(head.depth) samples are not supported")
          }
          return head
        // The depth tells what the samples are.
        case "TUPLTYPE": break
        case "WIDTH": head.width = value ?? 0
        case "HEIGHT": head.height = value ?? 0
        case "DEPTH": head.depth = value ?? 0
        case "MAXVAL": head.largest = value ?? 0
        default: throw ImagingFailure(reason: "the line '\(line)' in its head is not known")
        }
      }
      throw ImagingFailure.cutShort
    }

    private mutating func nextLine() -> String? {
      guard let end = data[position...].firstIndex(of: 0x0A) else { return nil }
      defer { position = end + 1 }
      return String(decoding: data[position..<end].filter { $0 != 0x0D }, as: UTF8.self)
    }

    private mutating func skipSpace() {
      // Comments run from `#` to the end of the line.
      while position < data.count, data[position] == 0x23 || AnymapFormat.isSpace(data[position]) {
        if data[position] == 0x23 {
          while position < data.count, data[position] != 0x0A { position += 1 }
        } else {
          position += 1
        }
      }
    }

    /// The next number in text, of at most `digits` digits.
    private mutating func number(digits: Int = 9) throws(ImagingFailure) -> Int {
      skipSpace()
      guard position < data.count else { throw ImagingFailure.cutShort }
      var value = 0
      let first = position
      while position < data.count, (0x30...0x39).contains(data[position]),
        position < first + digits
      {
        value = value * 10 + Int(data[position] - 0x30)
        position += 1
      }
      guard position > first else { throw ImagingFailure(reason: "a number is missing") }
      return value
    }

    /// Reads a row as BGRA samples.
    mutating func read(_ head: Head, into line: inout [UInt8]) throws(ImagingFailure) {
      let depth = head.depth
      let start = position
      if !head.isText {
        let samples = head.width * depth
        let size = head.isBits ? (samples + 7) / 8 : samples * (head.isDeep ? 2 : 1)
        guard size <= data.count - position else { throw ImagingFailure.cutShort }
        position += size
      }
      for x in 0..<head.width {
        for sample in 0..<depth {
          let index = x * depth + sample
          let value: UInt8
          if head.isText {
            value = try textSample(head)
          } else if head.isBits {
            value = data[start + index / 8] >> UInt8(7 - index % 8) & 1 == 0 ? 255 : 0
          } else {
            // Of two bytes the upper one.
            let stored = data[start + index * (head.isDeep ? 2 : 1)]
            // Only the newest kind is scaled by its largest value, as in OpenCV.
            value =
              head.isScaled && head.largest < 255
              ? UInt8(min(Int(stored), head.largest) * 255 / head.largest) : stored
          }
          // Grey fills all colours; red comes first.
          switch (depth, sample) {
          case (1, _), (2, 0): for color in 0..<3 { line[x * 4 + color] = value }
          case (2, _), (_, 3): line[x * 4 + 3] = value
          default: line[x * 4 + 2 - sample] = value
          }
        }
      }
    }

    private mutating func textSample(_ head: Head) throws(ImagingFailure) -> UInt8 {
      // Bits need no space between them.
      if head.isBits { return try number(digits: 1) == 0 ? 255 : 0 }
      let value = min(try number(), head.largest)
      return UInt8(head.isDeep ? value >> 8 : value * 255 / head.largest)
    }
  }
}
