#if canImport(Glibc)
  internal import Glibc
#endif

/// Memory of the host, kept for reuse: what was given back serves again without a call to the
/// system.
///
/// Small blocks belong to size classes an eighth of a power of two apart; large ones are cut from
/// ``FreeRanges``. A block starts with a header of one cache line that tells its size.
public final class MemoryPool {
  private static let headerSize = 64
  /// The largest of the small blocks' classes.
  private static let largestSmall = 15 << 12
  /// A request may take a free block of this many classes above its own: half as large again.
  private static let searchedClasses = 4

  private var small: [[UnsafeMutableRawPointer]]
  private var large = FreeRanges()
  private var smallFreeBytes = 0
  /// Bytes of blocks in use, and the most that were ever in use.
  public private(set) var usedBytes = 0
  public private(set) var peakBytes = 0
  /// Bytes of free blocks.
  public var freeBytes: Int { smallFreeBytes + large.byteCount }

  private let onExhaustion: (OutOfMemory) -> Never

  /// - Parameter onExhaustion: ends the program when the system has no more memory: operations on
  ///   tensors do not throw.
  public init(
    onExhaustion: @escaping (OutOfMemory) -> Never = { preconditionFailure("\($0)") }
  ) {
    self.onExhaustion = onExhaustion
    let classes = Self.sizeClass(of: Self.largestSmall) + 1 + Self.searchedClasses
    small = Array(repeating: [], count: classes)
  }

  deinit {
    releaseFree()
  }

  /// An empty pool for another thread, which ends the program alike.
  func makeAnother() -> MemoryPool {
    MemoryPool(onExhaustion: onExhaustion)
  }

  /// Uninitialised memory, aligned to 64 bytes.
  public func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let wanted = byteCount + Self.headerSize
    let (block, size) = wanted <= Self.largestSmall ? takeSmall(wanted) : takeLarge(wanted)
    block.storeBytes(of: size, as: Int.self)
    usedBytes += size
    peakBytes = max(peakBytes, usedBytes)
    return block + Self.headerSize
  }

  public func deallocate(_ pointer: UnsafeMutableRawPointer) {
    let block = pointer - Self.headerSize
    let size = block.load(as: Int.self)
    usedBytes -= size
    if size <= Self.largestSmall {
      smallFreeBytes += size
      small[Self.sizeClass(of: size)].append(block)
    } else {
      large.putBack(block, size: size)
    }
  }

  /// Gives what is free back to the system, as far as whole pages go.
  public func releaseFree() {
    for sizeClass in small.indices {
      for block in small[sizeClass] { Glibc.free(block) }
      small[sizeClass].removeAll()
    }
    smallFreeBytes = 0
    large.release()
  }

  private func takeLarge(_ wanted: Int) -> (block: UnsafeMutableRawPointer, size: Int) {
    let size = FreeRanges.blockSize(wanted)
    if let block = large.take(size) { return (block, size) }
    releaseFree()
    guard let block = large.take(size) else { exhaust(wanted: size) }
    return (block, size)
  }

  private func takeSmall(_ wanted: Int) -> (block: UnsafeMutableRawPointer, size: Int) {
    let wantedClass = Self.sizeClass(of: wanted)
    for sizeClass in wantedClass...(wantedClass + Self.searchedClasses) {
      guard let block = small[sizeClass].popLast() else { continue }
      let size = Self.size(ofClass: sizeClass)
      smallFreeBytes -= size
      return (block, size)
    }
    let size = Self.size(ofClass: wantedClass)
    var pointer: UnsafeMutableRawPointer?
    if posix_memalign(&pointer, 64, size) != 0 {
      releaseFree()
      _ = posix_memalign(&pointer, 64, size)
    }
    guard let pointer else { exhaust(wanted: size) }
    return (pointer, size)
  }

  /// Ends the program because the system has no more memory.
  ///
  /// - Parameter wanted: bytes that were asked for, where that is known.
  func exhaust(wanted: Int?) -> Never {
    onExhaustion(OutOfMemory(wanted: wanted, used: usedBytes))
  }

  /// The smallest class that holds `byteCount`.
  static func sizeClass(of byteCount: Int) -> Int {
    let units = max((byteCount + 63) / 64, 8)
    let exponent = Int.bitWidth - 1 - units.leadingZeroBitCount
    let step = 1 << (exponent - 3)
    // Eighths of a power of two, rounded up; 8 eighths are the next power's first class.
    let eighths = (units - (1 << exponent) + step - 1) / step
    return (exponent - 3) * 8 + eighths
  }

  static func size(ofClass sizeClass: Int) -> Int {
    let exponent = sizeClass / 8
    return 64 * ((8 + sizeClass % 8) << exponent)
  }
}
