#if canImport(Glibc)
  internal import Glibc
#endif

/// The bytes of a text: a mapped file, or memory of its own.
struct MappedText: ~Copyable {
  let start: UnsafePointer<UInt8>
  let count: Int
  private let isMapped: Bool
  /// How far pages of the file have been given back.
  private var released = 0

  /// Pages behind the reader are given back in steps of as many bytes.
  private static let step = 1 << 24

  private init(_ start: UnsafePointer<UInt8>, count: Int, isMapped: Bool) {
    self.start = start
    self.count = count
    self.isMapped = isMapped
  }

  init(_ bytes: some Collection<UInt8>) {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    _ = UnsafeMutableBufferPointer(start: memory, count: bytes.count)
      .initialize(fromContentsOf: bytes)
    self.init(memory, count: bytes.count, isMapped: false)
  }

  init(path: String) throws(JSONError) {
    func failure() -> JSONError {
      JSONError(
        problem: .unreadable(path: path, reason: String(cString: strerror(errno))), offset: 0,
        line: 1, column: 1)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      errno = EISDIR
      throw failure()
    }
    let size = Int(status.st_size)
    // An empty file cannot be mapped.
    guard size > 0 else {
      self.init([])
      return
    }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
      memory != MAP_FAILED
    else { throw failure() }
    madvise(memory, size, MADV_SEQUENTIAL)
    self.init(memory.assumingMemoryBound(to: UInt8.self), count: size, isMapped: true)
  }

  /// Gives the pages of a file before `offset` back; read again, they come from the file.
  mutating func release(before offset: Int) {
    guard isMapped, offset - released >= Self.step else { return }
    let end = offset / Self.step * Self.step
    madvise(UnsafeMutableRawPointer(mutating: start + released), end - released, MADV_DONTNEED)
    released = end
  }

  deinit {
    let memory = UnsafeMutablePointer(mutating: start)
    if isMapped {
      munmap(memory, count)
    } else {
      memory.deallocate()
    }
  }
}
