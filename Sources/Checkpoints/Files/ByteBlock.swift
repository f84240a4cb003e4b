#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Read-only memory that lives as long as this object: a mapped file, an own copy, or memory that
/// belongs to another object.
final class ByteBlock {
  let bytes: UnsafeRawBufferPointer
  private let ownership: Ownership

  private enum Ownership {
    /// Of the open file `descriptor`, from its beginning.
    case mapped(descriptor: Int32)
    /// By the C library.
    case allocated
    /// By Swift's allocator.
    case array
    case borrowed(AnyObject)
  }

  private init(_ bytes: UnsafeRawBufferPointer, _ ownership: Ownership) {
    self.bytes = bytes
    self.ownership = ownership
  }

  /// Memory that is kept alive by `owner`.
  convenience init(_ bytes: UnsafeRawBufferPointer, ownedBy owner: AnyObject) {
    self.init(bytes, .borrowed(owner))
  }

  /// New memory of `count` bytes, 64-byte aligned, that `fill` initialises wholly.
  ///
  /// - Throws: when there is not so much memory, and what `fill` throws.
  convenience init(
    count: Int, fill: (UnsafeMutableRawBufferPointer) throws(CheckpointError.Problem) -> Void
  ) throws(CheckpointError.Problem) {
    var memory: UnsafeMutableRawPointer?
    let status = posix_memalign(&memory, 64, max(count, 1))
    guard status == 0, let memory else {
      throw .system(
        operation: "reserve \(count) bytes of memory", reason: String(cString: strerror(status)))
    }
    let buffer = UnsafeMutableRawBufferPointer(start: memory, count: count)
    do {
      try fill(buffer)
    } catch {
      free(memory)
      throw error
    }
    self.init(UnsafeRawBufferPointer(buffer), .allocated)
  }

  /// - Precondition: there is memory for a second copy of the array.
  convenience init(copying source: [UInt8]) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
    memory.copyBytes(from: source)
    self.init(UnsafeRawBufferPointer(memory), .array)
  }

  /// Maps a file into memory.
  convenience init(mapping path: String) throws(CheckpointError.Problem) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .lastSystemError("open it") }
    var isMapped = false
    defer { if !isMapped { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .lastSystemError("examine it") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .notAFile(kind: "a folder")
    default: throw .notAFile(kind: "a device or pipe")
    }
    let count = Int(status.st_size)
    guard count > 0 else { throw .empty }
    guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      memory != MAP_FAILED
    else { throw .lastSystemError("map it into memory") }
    isMapped = true
    self.init(
      UnsafeRawBufferPointer(start: memory, count: count), .mapped(descriptor: descriptor))
  }

  /// Copies the bytes from `offset` on to `target`.
  ///
  /// Those of a file go past the mapping, which spares a page fault for every few of its pages.
  func copy(
    from offset: Int, to target: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError.Problem) {
    guard case .mapped(let descriptor) = ownership else {
      target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + target.count]))
      return
    }
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .lastSystemError("read it") }
      guard count > 0 else {
        throw .truncated(part: "its data: it became shorter while it was read")
      }
      done += count
    }
  }

  deinit {
    switch ownership {
    case .mapped(let descriptor):
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
      close(descriptor)
    case .allocated: free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    case .array: bytes.deallocate()
    case .borrowed: break
    }
  }
}

extension CheckpointError.Problem {
  /// What the last failed system call left in `errno`.
  static func lastSystemError(_ operation: String) -> Self {
    .system(operation: operation, reason: String(cString: strerror(errno)))
  }
}
