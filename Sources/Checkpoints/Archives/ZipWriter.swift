/// Writes a ZIP archive of stored entries whose content begins at multiples of 64 bytes, so that
/// PyTorch can map it.
struct ZipWriter<Sink: ByteSink & ~Copyable>: ~Copyable {
  typealias Problem = CheckpointError.Problem

  private(set) var sink: Sink
  private var position = 0
  private var directory = MemorySink()
  private var count = 0
  /// Sizes and offsets from here on take the ZIP64 fields; 2^32 - 1 except in tests.
  private let wideLimit: Int

  init(_ sink: consuming Sink, wideLimit: Int = 0xFFFF_FFFF) {
    self.sink = sink
    self.wideLimit = wideLimit
  }

  mutating func add(_ name: String, _ content: UnsafeRawBufferPointer) throws(Problem) {
    let checksum = CRC32.of(content)
    let isWide = content.count >= wideLimit
    let offset = position

    var extra: [UInt8] = []
    if isWide {
      extra += bytes(UInt16(1), UInt16(16)) + bytes(UInt64(content.count), UInt64(content.count))
    }
    // PyTorch pads with a field 'FB' whose content is 'Z's.
    let unpadded = position + 30 + name.utf8.count + extra.count + 4
    let padding = (64 - unpadded % 64) % 64
    extra += [0x46, 0x42] + bytes(UInt16(padding)) + [UInt8](repeating: 0x5A, count: padding)

    var header = bytes(UInt32(0x0403_4B50)) + common(checksum, content.count, isWide)
    header += bytes(UInt16(name.utf8.count), UInt16(extra.count)) + name.utf8 + extra
    try write(header)
    try sink.write(content)
    position += content.count

    var wide: [UInt8] = []
    if isWide { wide += bytes(UInt64(content.count), UInt64(content.count)) }
    if offset >= wideLimit { wide += bytes(UInt64(offset)) }
    if !wide.isEmpty { wide = bytes(UInt16(1), UInt16(wide.count)) + wide }
    var entry =
      bytes(UInt32(0x0201_4B50)) + bytes(UInt16(45)) + common(checksum, content.count, isWide)
    entry += bytes(UInt16(name.utf8.count), UInt16(wide.count))
    entry += bytes(UInt16(0), UInt16(0), UInt16(0)) + bytes(UInt32(0))
    entry += bytes(offset >= wideLimit ? UInt32.max : UInt32(offset)) + name.utf8 + wide
    directory.bytes += entry
    count += 1
  }

  /// Writes the directory and gives the sink back.
  consuming func finish() throws(Problem) -> Sink {
    let (start, size) = (position, directory.bytes.count)
    try write(directory.bytes)
    let end = position
    // Readers take the ZIP64 record where it is present, as PyTorch's own files have it.
    try write(
      bytes(UInt32(0x0606_4B50)) + bytes(UInt64(44)) + bytes(UInt16(45), UInt16(45))
        + bytes(UInt32(0), UInt32(0))
        + bytes(UInt64(count), UInt64(count), UInt64(size), UInt64(start)))
    try write(bytes(UInt32(0x0706_4B50), 0) + bytes(UInt64(end)) + bytes(UInt32(1)))
    let shortCount = UInt16(clamping: count)
    try write(
      bytes(UInt32(0x0605_4B50)) + bytes(UInt16(0), 0, shortCount, shortCount)
        + bytes(UInt32(clamping: size), start >= wideLimit ? .max : UInt32(clamping: start))
        + bytes(UInt16(0)))
    return sink
  }

  private mutating func write(_ bytes: [UInt8]) throws(Problem) {
    try sink.write(bytes)
    position += bytes.count
  }

  /// What a local header and a directory entry share: version, flags (names are UTF-8), method,
  /// time, checksum, sizes.
  private func common(_ checksum: UInt32, _ size: Int, _ isWide: Bool) -> [UInt8] {
    let shown = isWide ? UInt32.max : UInt32(size)
    // 1980-01-01, the first day there is, so that equal content gives equal files.
    return bytes(UInt16(45), 0x0800, 0, 0, 0x21) + bytes(checksum, shown, shown)
  }

  private func bytes<T: FixedWidthInteger>(_ values: T...) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  }
}

/// The archive layout of `torch.save` since PyTorch 1.6.
enum ArchiveWriter {
  static func write<Sink: ByteSink & ~Copyable>(
    _ value: PickleValue, to sink: consuming Sink, wideLimit: Int = 0xFFFF_FFFF
  ) throws(CheckpointError.Problem) -> Sink {
    let table = StorageTable()
    let pickle = try Pickler.pickle(value, tensors: .keyed(table, legacy: false))
    var archive = ZipWriter(sink, wideLimit: wideLimit)
    try add("archive/data.pkl", pickle, to: &archive)
    try add("archive/byteorder", Array("little".utf8), to: &archive)
    for entry in table.entries {
      try table.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
        try archive.add("archive/data/\(entry.key)", bytes)
      }
    }
    try add("archive/version", Array("3\n".utf8), to: &archive)
    return try archive.finish()
  }

  private static func add<Sink: ByteSink & ~Copyable>(
    _ name: String, _ content: [UInt8], to archive: inout ZipWriter<Sink>
  ) throws(CheckpointError.Problem) {
    let outcome = content.withUnsafeBytes { bytes in
      Result { () throws(CheckpointError.Problem) in try archive.add(name, bytes) }
    }
    try outcome.get()
  }
}
