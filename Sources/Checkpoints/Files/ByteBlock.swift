#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Read-only memory that lives as long as this object: a mapped file, an own copy, or memory that
/// belongs to someone else.
final class ByteBlock {
  let bytes: UnsafeRawBufferPointer
  private let ownership: Ownership

  private enum Ownership {
    case mapped
    case allocated
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
  convenience init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    fill(memory)
    self.init(UnsafeRawBufferPointer(memory), .allocated)
  }

  convenience init(copying source: [UInt8]) {
    self.init(count: source.count) { $0.copyBytes(from: source) }
  }

  /// Maps a file into memory.
  convenience init(mapping path: String) throws(CheckpointError.Problem) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .lastSystemError("open it") }
    defer { close(descriptor) }
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
    self.init(UnsafeRawBufferPointer(start: memory, count: count), .mapped)
  }

  deinit {
    switch ownership {
    case .mapped: munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    case .allocated: bytes.deallocate()
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
