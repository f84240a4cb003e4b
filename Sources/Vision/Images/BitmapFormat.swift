/// Windows and OS/2 bitmaps of 1 to 32 bits, with bit fields or run lengths.
enum BitmapFormat {
  /// The fields of a file's head.
  fileprivate struct Head {
    let data: [UInt8]
    let start: Int
    /// Whether it has the head of OS/2's first bitmaps.
    let isOld: Bool
    let width: Int
    let height: Int
    /// Whether the highest row comes first.
    let isTopDown: Bool
    let bits: Int
    let compression: Compression
    var palette: [Color] = []
    var masks: Masks?

    enum Compression: Int {
      case none = 0
      case runs8 = 1
      case runs4 = 2
      case fields = 3
    }

    struct Color: Equatable {
      var blue: UInt8 = 0
      var green: UInt8 = 0
      var red: UInt8 = 0

      var isGray: Bool { blue == green && green == red }
    }

    /// The bytes of a row, padded to four.
    var stride: Int { (width * bits + 31) / 32 * 4 }

    /// Whether the file counts as grey; OpenCV takes any with the old head for that.
    var isGray: Bool { isOld || bits <= 8 && palette.allSatisfy(\.isGray) }
  }

  /// The bits of a pixel that each sample takes; 0 where there is none.
  fileprivate struct Masks: Equatable {
    var red: UInt32
    var green: UInt32
    var blue: UInt32
    var alpha: UInt32 = 0

    static let fiveFive = Masks(red: 0x7C00, green: 0x3E0, blue: 0x1F)
    static let fiveSix = Masks(red: 0xF800, green: 0x7E0, blue: 0x1F)
  }

  static func decode(_ data: [UInt8], mode: ColorMode) throws(ImagingFailure) -> Image {
    let head = try Head(data)
    let hasAlpha = head.bits == 32 && head.compression == .fields
    let channels = mode.channels(stored: head.isGray ? 1 : hasAlpha ? 4 : 3)
    switch head.compression {
    case .runs4, .runs8:
      let indices = try PixelMemory.filled(head.width * head.height, of: UInt8.self) {
        buffer throws(ImagingFailure) in
        try head.unpack(into: buffer)
      }
      return try head.image(channels: channels) { y, line in
        for x in 0..<head.width { head.put(indices[y * head.width + x], at: x, in: &line) }
      }
    case .none, .fields:
      guard head.start + head.stride * head.height <= data.count else {
        throw ImagingFailure.cutShort
      }
      return try head.image(channels: channels) { y, line in
        head.copyRow(head.isTopDown ? y : head.height - 1 - y, to: &line)
      }
    }
  }
}

extension BitmapFormat.Head {
  init(_ data: [UInt8]) throws(ImagingFailure) {
    func number(_ offset: Int, _ bytes: Int) throws(ImagingFailure) -> Int {
      guard offset + bytes <= data.count else { throw ImagingFailure.cutShort }
      return (0..<bytes).reversed().reduce(0) { $0 << 8 + Int(data[offset + $1]) }
    }
    func signed(_ offset: Int) throws(ImagingFailure) -> Int {
      Int(Int32(truncatingIfNeeded: try number(offset, 4)))
    }
    self.data = data
    start = try number(10, 4)
    let headSize = try number(14, 4)
    isOld = headSize == 12
    guard isOld || headSize >= 36 else {
      throw ImagingFailure(reason: "a head of \(headSize) bytes is not supported")
    }
    width = isOld ? try number(18, 2) : try signed(18)
    let signedHeight = isOld ? try number(20, 2) : try signed(22)
    height = abs(signedHeight)
    isTopDown = signedHeight < 0
    bits = try number(isOld ? 24 : 28, 2)
    let code = isOld ? 0 : try number(30, 4)
    guard let compression = Compression(rawValue: code) else {
      throw ImagingFailure(reason: "the compression \(code) of bitmaps is not supported")
    }
    self.compression = compression
    let isKnown =
      switch compression {
      case .none: [1, 4, 8, 16, 24, 32].contains(bits)
      case .runs8: bits == 8
      case .runs4: bits == 4
      case .fields: bits == 16 || bits == 32
      }
    guard isKnown else {
      throw ImagingFailure(
        reason: "bitmaps of \(bits) bits with compression \(code) are not supported")
    }
    try Image.checkSize(width: width, height: height)
    if bits <= 8 {
      let used = isOld ? 0 : try number(46, 4)
      guard used <= 256 else { throw ImagingFailure(reason: "a palette of \(used) colours") }
      let size = isOld ? 3 : 4
      // Colours beyond the palette are black.
      palette = Array(repeating: Color(), count: 256)
      for index in 0..<(used == 0 ? 1 << bits : used) {
        let place = 14 + headSize + index * size
        palette[index] = Color(
          blue: UInt8(try number(place, 1)), green: UInt8(try number(place + 1, 1)),
          red: UInt8(try number(place + 2, 1)))
      }
      palette.removeLast(256 - (1 << bits))
    }
    if compression == .fields {
      // Within a longer head or behind a short one, which has no place for alpha.
      func mask(_ index: Int) throws(ImagingFailure) -> UInt32 {
        UInt32(try number(54 + index * 4, 4))
      }
      masks = BitmapFormat.Masks(
        red: try mask(0), green: try mask(1), blue: try mask(2),
        alpha: headSize >= 56 ? try mask(3) : 0xFF00_0000)
    }
    if bits == 16 {
      let fields = BitmapFormat.Masks(
        red: masks?.red ?? 0x7C00, green: masks?.green ?? 0x3E0, blue: masks?.blue ?? 0x1F)
      guard fields == .fiveFive || fields == .fiveSix else {
        throw ImagingFailure(reason: "bit fields other than 5-5-5 and 5-6-5 are not supported")
      }
      masks = fields
    }
  }

  /// An image whose line of BGRA samples `body` makes for each row, the highest first.
  func image(
    channels: Int, _ body: (_ y: Int, _ line: inout [UInt8]) -> Void
  ) throws(ImagingFailure) -> Image {
    try PixelRows.image(width: width, height: height, channels: channels) {
      rows throws(ImagingFailure) in
      for y in 0..<height {
        body(y, &rows.line)
        rows.store(y)
      }
    }
  }

  func put(_ index: UInt8, at x: Int, in line: inout [UInt8]) {
    let color = palette[Int(index) & (palette.count - 1)]
    line[x * 4] = color.blue
    line[x * 4 + 1] = color.green
    line[x * 4 + 2] = color.red
  }

  /// Makes BGRA samples of a stored row.
  func copyRow(_ row: Int, to line: inout [UInt8]) {
    let first = start + row * stride
    switch bits {
    case 1, 4, 8:
      let perByte = 8 / bits
      for x in 0..<width {
        let shift = (perByte - 1 - x % perByte) * bits
        let index = data[first + x / perByte] >> UInt8(shift) & UInt8(1 << bits - 1)
        put(index, at: x, in: &line)
      }
    case 16:
      let isFiveSix = masks == .fiveSix
      for x in 0..<width {
        let pixel = Int(data[first + x * 2]) | Int(data[first + x * 2 + 1]) << 8
        // As OpenCV does: the lower bits stay zero.
        line[x * 4] = UInt8(pixel << 3 & 0xF8)
        line[x * 4 + 1] = UInt8(isFiveSix ? pixel >> 3 & 0xFC : pixel >> 2 & 0xF8)
        line[x * 4 + 2] = UInt8(isFiveSix ? pixel >> 8 & 0xF8 : pixel >> 7 & 0xF8)
      }
    case 24:
      for x in 0..<width {
        for sample in 0..<3 { line[x * 4 + sample] = data[first + x * 3 + sample] }
      }
    default:
      let fields = masks.map { [$0.blue, $0.green, $0.red, $0.alpha] }
      for x in 0..<width {
        let place = first + x * 4
        guard let fields else {
          for sample in 0..<3 { line[x * 4 + sample] = data[place + sample] }
          continue
        }
        let pixel = (0..<4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(data[place + $1]) }
        for sample in 0..<4 {
          line[x * 4 + sample] = Self.sample(pixel, fields[sample], isAlpha: sample == 3)
        }
      }
    }
  }

  /// The sample below a mask, scaled to eight bits.
  private static func sample(_ pixel: UInt32, _ mask: UInt32, isAlpha: Bool) -> UInt8 {
    guard mask != 0 else { return isAlpha ? 255 : 0 }
    let shift = UInt32(mask.trailingZeroBitCount)
    let largest = UInt64(mask >> shift)
    return UInt8(UInt64((pixel & mask) >> shift) * 255 / largest)
  }

  /// Unpacks run lengths to palette indices, the highest row first; pixels that are skipped have
  /// index 0.
  func unpack(into indices: UnsafeMutableBufferPointer<UInt8>) throws(ImagingFailure) {
    indices.update(repeating: 0)
    var position = start
    var (x, y) = (0, 0)
    func next() throws(ImagingFailure) -> Int {
      guard position < data.count else { throw ImagingFailure.cutShort }
      defer { position += 1 }
      return Int(data[position])
    }
    func put(_ index: Int) throws(ImagingFailure) {
      guard x < width, y < height else { throw ImagingFailure(reason: "a run leaves the image") }
      indices[(isTopDown ? y : height - 1 - y) * width + x] = UInt8(index)
      x += 1
    }
    let isHalf = compression == .runs4
    while y < height {
      let (count, value) = (try next(), try next())
      if count > 0 {
        for step in 0..<count {
          try put(isHalf ? (step.isMultiple(of: 2) ? value >> 4 : value & 15) : value)
        }
        continue
      }
      switch value {
      case 0: (x, y) = (0, y + 1)
      case 1: return
      case 2:
        x += try next()
        y += try next()
      default:
        var byte = 0
        for step in 0..<value {
          if !isHalf || step.isMultiple(of: 2) { byte = try next() }
          try put(isHalf ? (step.isMultiple(of: 2) ? byte >> 4 : byte & 15) : byte)
        }
        // Such pixels fill whole words.
        let bytes = isHalf ? (value + 1) / 2 : value
        if !bytes.isMultiple(of: 2) { _ = try next() }
      }
    }
  }
}
