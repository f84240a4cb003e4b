/// Reads little-endian values one after another; never beyond its range.
struct ByteCursor {
  let block: ByteBlock
  /// What is being read, for messages.
  let part: String
  private(set) var position: Int
  let end: Int

  typealias Problem = CheckpointError.Problem

  /// - Parameter range: within the block.
  init(_ block: ByteBlock, range: Range<Int>, part: String) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= block.bytes.count,
      "range \(range) is outside \(block.bytes.count) bytes")
    self.block = block
    self.part = part
    position = range.lowerBound
    end = range.upperBound
  }

  init(_ block: ByteBlock, part: String) {
    self.init(block, range: 0..<block.bytes.count, part: part)
  }

  var remaining: Int { end - position }

  mutating func skip(_ count: Int) throws(Problem) {
    _ = try take(count)
  }

  /// The next `count` bytes as a range of the block.
  mutating func take(_ count: Int) throws(Problem) -> Range<Int> {
    guard count >= 0, count <= remaining else { throw .truncated(part: part) }
    let start = position
    position += count
    return start..<position
  }

  mutating func byte() throws(Problem) -> UInt8 {
    guard position < end else { throw .truncated(part: part) }
    defer { position += 1 }
    return block.bytes[position]
  }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(Problem) -> T {
    let range = try take(MemoryLayout<T>.size)
    return T(littleEndian: block.bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
  }

  /// A length or count of 8 bytes that must be an `Int` and not negative.
  mutating func length() throws(Problem) -> Int {
    guard let value = Int(exactly: try integer(UInt64.self)) else {
      throw .malformed(part: part, detail: "a length beyond 2^63")
    }
    return value
  }

  /// A big-endian IEEE number, as pickles hold them.
  mutating func bigEndianDouble() throws(Problem) -> Double {
    Double(bitPattern: UInt64(bigEndian: UInt64(littleEndian: try integer())))
  }

  mutating func byteArray(_ count: Int) throws(Problem) -> [UInt8] {
    [UInt8](block.bytes[try take(count)])
  }

  mutating func text(_ count: Int) throws(Problem) -> String {
    let range = try take(count)
    guard let text = String(validating: block.bytes[range], as: UTF8.self) else {
      throw .malformed(part: part, detail: "text that is not UTF-8")
    }
    return text
  }

  /// A Python string; lone surrogates, by which Python keeps names of files that are not UTF-8,
  /// become U+FFFD.
  mutating func pythonText(_ count: Int) throws(Problem) -> String {
    String(decoding: block.bytes[try take(count)], as: UTF8.self)
  }

  /// A Python 2 string: text if it is UTF-8, else one character for each byte (Latin-1).
  mutating func byteString(_ count: Int) throws(Problem) -> String {
    let range = try take(count)
    return String(validating: block.bytes[range], as: UTF8.self)
      ?? String(String.UnicodeScalarView(block.bytes[range].map { Unicode.Scalar($0) }))
  }

  /// The text up to the next line feed, which is consumed.
  mutating func line() throws(Problem) -> String {
    let line = try text(try lineLength())
    position += 1
    return line
  }

  /// The same with one character for each byte (Latin-1), as protocol 0 writes strings.
  mutating func byteLine() throws(Problem) -> String {
    let range = try take(try lineLength())
    position += 1
    return String(String.UnicodeScalarView(block.bytes[range].map { Unicode.Scalar($0) }))
  }

  private func lineLength() throws(Problem) -> Int {
    guard let feed = block.bytes[position..<end].firstIndex(of: UInt8(ascii: "\n")) else {
      throw .truncated(part: part)
    }
    return feed - position
  }
}
