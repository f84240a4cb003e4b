internal import Synchronization

/// A run of bytes that tensors of a file are views of. Its identity tells which tensors share it.
public final class StoredStorage {
  /// The file it belongs to, for messages.
  let path: String
  /// How the file names it: `archive/data/12`.
  let name: String
  public let byteCount: Int

  /// Known at once, or in the legacy layout once the bytes come along.
  private var block: ByteBlock?
  private var start = 0
  private let checksum: UInt32?
  /// Whether the bytes were compared with the checksum; several threads may read at once.
  private let isVerified: Atomic<Bool>

  /// Bytes at a known place.
  init(
    path: String, name: String, block: ByteBlock, range: Range<Int>, checksum: UInt32? = nil
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= block.bytes.count,
      "range \(range) is outside \(block.bytes.count) bytes")
    self.path = path
    self.name = name
    byteCount = range.count
    self.block = block
    start = range.lowerBound
    self.checksum = checksum
    isVerified = Atomic(checksum == nil)
  }

  /// Bytes of a program, to be written.
  convenience init(memory block: ByteBlock) {
    self.init(path: "memory", name: "memory", block: block, range: 0..<block.bytes.count)
  }

  /// Bytes whose place in the file is learnt later, as in the legacy layout.
  init(path: String, name: String, byteCount: Int) {
    precondition(byteCount >= 0, "a storage of \(byteCount) bytes")
    self.path = path
    self.name = name
    self.byteCount = byteCount
    checksum = nil
    isVerified = Atomic(true)
  }

  /// Tells where the bytes lie.
  func bind(to block: ByteBlock, offset: Int) {
    precondition(
      offset >= 0 && offset <= block.bytes.count - byteCount,
      "\(byteCount) bytes at \(offset) are outside \(block.bytes.count) bytes")
    self.block = block
    start = offset
  }

  /// Whether the bytes are known.
  var isBound: Bool { block != nil }

  /// Calls `body` with the bytes, compared with their checksum once.
  func withBytes<T>(
    _ body: (UnsafeRawBufferPointer) -> T
  ) throws(CheckpointError.Problem) -> T {
    let (block, range) = try place()
    let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[range])
    if !isVerified.load(ordering: .relaxed) {
      guard CRC32.of(bytes) == checksum else { throw .checksum(record: name) }
      isVerified.store(true, ordering: .relaxed)
    }
    return withExtendedLifetime(block) { body(bytes) }
  }

  /// Copies all bytes, comparing them with their checksum on the way, while they are in cache.
  func copy(to target: UnsafeMutableRawPointer) throws(CheckpointError.Problem) {
    let (block, range) = try place()
    let target = UnsafeMutableRawBufferPointer(start: target, count: byteCount)
    if isVerified.load(ordering: .relaxed) {
      try block.copy(from: range.lowerBound, to: target)
      return
    }
    var running = CRC32()
    for start in stride(from: 0, to: byteCount, by: Self.chunkBytes) {
      let chunk = UnsafeMutableRawBufferPointer(
        rebasing: target[start..<min(start + Self.chunkBytes, byteCount)])
      try block.copy(from: range.lowerBound + start, to: chunk)
      running.update(UnsafeRawBufferPointer(chunk))
    }
    guard running.value == checksum else { throw .checksum(record: name) }
    isVerified.store(true, ordering: .relaxed)
  }

  /// Fits the second-level cache.
  private static let chunkBytes = 1 << 18

  private func place() throws(CheckpointError.Problem) -> (ByteBlock, Range<Int>) {
    guard let block else { throw .missingRecord(name) }
    return (block, start..<start + byteCount)
  }

  /// What two storages have in common if they are the same memory.
  var address: UInt? {
    block?.bytes.baseAddress.map { UInt(bitPattern: $0) + UInt(start) }
  }
}
