internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Room for pixels and files, of which there may be too little.
///
/// Swift's arrays end the program when there is no memory. So a large array is made only after its
/// room was tested, by one thread at a time, that two do not count on the same room.
enum PixelMemory {
  /// An array of `count` elements that `body` fills completely, or throws.
  ///
  /// - Throws: when there is no room for the array, and what `body` throws.
  static func filled<Element: BitwiseCopyable>(
    _ count: Int, of _: Element.Type = Element.self,
    _ body: (UnsafeMutableBufferPointer<Element>) throws(ImagingFailure) -> Void
  ) throws(ImagingFailure) -> [Element] {
    var elements: [Element] = try reserved(count)
    try elements.withUnsafeMutableBufferPointer { buffer throws(ImagingFailure) in
      try body(buffer)
    }
    return elements
  }

  /// An array of `count` elements that are not set yet.
  private static func reserved<Element: BitwiseCopyable>(
    _ count: Int
  ) throws(ImagingFailure) -> [Element] {
    let size = MemoryLayout<Element>.stride
    guard count <= Int.max / 2 / size else { throw shortage(of: .max) }
    guard count * size >= largeSize else { return unset(count) }
    let elements: [Element]? = lock.withLock { _ in hasRoom(count * size) ? unset(count) : nil }
    guard let elements else { throw shortage(of: count * size) }
    return elements
  }

  private static func unset<Element: BitwiseCopyable>(_ count: Int) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
  }

  /// Smaller arrays come out of memory that the process has already.
  private static let largeSize = 1 << 20
  private static let lock = Mutex(())

  /// Whether the system would give `size` bytes now.
  private static func hasRoom(_ size: Int) -> Bool {
    // Swift's arrays have a head, and the allocator one of its own.
    let size = size + 1 << 16
    guard
      let memory = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      memory != MAP_FAILED
    else { return false }
    munmap(memory, size)
    return true
  }

  private static func shortage(of size: Int) -> ImagingFailure {
    ImagingFailure(reason: "there is no memory for \(size) bytes", isShortage: true)
  }
}
