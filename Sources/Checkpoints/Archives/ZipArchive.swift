internal import CZlib

/// The records of a ZIP archive: stored without compression, as `torch.save` writes it, or packed
/// again by another program (PKWARE APPNOTE 6.3.10; ZIP64 included).
struct ZipArchive {
  typealias Problem = CheckpointError.Problem

  struct Record {
    let name: String
    let range: Range<Int>
    /// The size of what is packed in `range`; nil where that is the content itself.
    let unpackedCount: Int?
    /// Nil where the writer left it out (`torch.serialization.set_crc32_options(False)`).
    let checksum: UInt32?
  }

  let block: ByteBlock
  let records: [String: Record]
  /// In the order of the archive's directory.
  let names: [String]

  static func begins(_ block: ByteBlock) -> Bool {
    block.bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
  }

  init(_ block: ByteBlock) throws(Problem) {
    self.block = block
    let directory = try Self.directory(of: block)
    var cursor = ByteCursor(block, range: directory.range, part: Self.part)
    var records: [String: Record] = [:]
    var names: [String] = []
    for _ in 0..<directory.count {
      let record = try Self.nextRecord(&cursor, block)
      records[record.name] = record
      names.append(record.name)
    }
    self.records = records
    self.names = names
  }

  func record(_ name: String) throws(Problem) -> Record {
    guard let record = records[name] else { throw .missingRecord(name) }
    return record
  }

  private static let part = "the archive's directory"

  private static func malformed(_ detail: String) -> Problem {
    .malformed(part: part, detail: detail)
  }

  /// Finds the directory from the end of the file.
  private static func directory(
    of block: ByteBlock
  ) throws(Problem) -> (range: Range<Int>, count: Int) {
    let bytes = block.bytes
    // The end record is 22 bytes and may be followed by a comment of up to 65535.
    let earliest = max(0, bytes.count - 22 - 0xFFFF)
    var candidate = bytes.count - 22
    while candidate >= earliest {
      if load32(bytes, candidate) == 0x0605_4B50 { break }
      candidate -= 1
    }
    guard candidate >= earliest else { throw .truncated(part: "the archive: it has no directory") }
    var end = ByteCursor(block, range: candidate..<bytes.count, part: part)
    try end.skip(10)
    var count = Int(try end.integer(UInt16.self))
    var size = Int(try end.integer(UInt32.self))
    var offset = Int(try end.integer(UInt32.self))
    if candidate >= 20, load32(bytes, candidate - 20) == 0x0706_4B50 {
      var locator = ByteCursor(block, range: candidate - 12..<candidate, part: part)
      let place = try locator.length()
      guard place <= bytes.count - 56, load32(bytes, place) == 0x0606_4B50 else {
        throw malformed("its ZIP64 end record is missing")
      }
      var wide = ByteCursor(block, range: place + 32..<bytes.count, part: part)
      count = try wide.length()
      size = try wide.length()
      offset = try wide.length()
    }
    guard offset <= candidate, size <= candidate - offset else {
      throw malformed("it lies outside the file")
    }
    return (offset..<offset + size, count)
  }

  private static func load32(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private static func nextRecord(
    _ cursor: inout ByteCursor, _ block: ByteBlock
  ) throws(Problem) -> Record {
    guard try cursor.integer(UInt32.self) == 0x0201_4B50 else { throw malformed("an entry is bad") }
    try cursor.skip(4)
    let flags = try cursor.integer(UInt16.self)
    let method = try cursor.integer(UInt16.self)
    try cursor.skip(4)
    let checksum = try cursor.integer(UInt32.self)
    var stored = Int(try cursor.integer(UInt32.self))
    var size = Int(try cursor.integer(UInt32.self))
    let nameLength = Int(try cursor.integer(UInt16.self))
    let extraLength = Int(try cursor.integer(UInt16.self))
    let commentLength = Int(try cursor.integer(UInt16.self))
    try cursor.skip(8)
    var offset = Int(try cursor.integer(UInt32.self))
    let name = try cursor.text(nameLength)
    var extra = ByteCursor(block, range: try cursor.take(extraLength), part: part)
    try cursor.skip(commentLength)
    while extra.remaining >= 4 {
      let kind = try extra.integer(UInt16.self)
      let length = Int(try extra.integer(UInt16.self))
      var field = ByteCursor(block, range: try extra.take(length), part: part)
      guard kind == 1 else { continue }
      if size == 0xFFFF_FFFF { size = try field.length() }
      if stored == 0xFFFF_FFFF { stored = try field.length() }
      if offset == 0xFFFF_FFFF { offset = try field.length() }
    }
    guard flags & 1 == 0 else { throw .unsupported("an encrypted archive") }
    guard method == 0 || method == 8 else {
      throw .unsupported("the compression of '\(name)', method \(method) of ZIP archives,")
    }
    guard method == 8 || stored == size else { throw malformed("'\(name)' has two sizes") }
    guard offset < block.bytes.count else { throw .truncated(part: "'\(name)'") }
    var local = ByteCursor(block, range: offset..<block.bytes.count, part: "'\(name)'")
    guard try local.integer(UInt32.self) == 0x0403_4B50 else {
      throw malformed("'\(name)' is not where it should be")
    }
    try local.skip(22)
    let localName = Int(try local.integer(UInt16.self))
    let localExtra = Int(try local.integer(UInt16.self))
    try local.skip(localName + localExtra)
    return Record(
      name: name, range: try local.take(stored), unpackedCount: method == 8 ? size : nil,
      checksum: checksum == 0 ? nil : checksum)
  }

  /// Where the content of a record lies: in the file, or in memory of its own.
  func content(of record: Record) throws(Problem) -> (block: ByteBlock, range: Range<Int>) {
    guard let count = record.unpackedCount else { return (block, record.range) }
    // No deflate data makes more than 1032 bytes of one.
    guard count / 1032 <= record.range.count else {
      throw .excessive("\(count) bytes from the \(record.range.count) of '\(record.name)'")
    }
    let packed = UnsafeRawBufferPointer(rebasing: block.bytes[record.range])
    let unpacked = try ByteBlock(count: count) { memory throws(Problem) in
      let made = zlib_inflate_raw(
        packed.assumingMemoryBound(to: UInt8.self).baseAddress, packed.count,
        memory.assumingMemoryBound(to: UInt8.self).baseAddress, count)
      guard made == count else {
        throw .malformed(part: "'\(record.name)'", detail: "it cannot be unpacked")
      }
    }
    return (unpacked, 0..<count)
  }
}
