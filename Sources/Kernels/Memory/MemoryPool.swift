#if canImport(Glibc)
  internal import Glibc
#endif

/// Memory of the host, kept for reuse: the same sizes come back without a call to the system.
///
/// Blocks belong to size classes an eighth of a power of two apart. Large blocks lie on huge pages
/// where the system allows, which spares most page faults and address translations. A block
/// starts with a header of one cache line that tells its class.
public final class MemoryPool {
  private static let headerSize = 64
  private static let hugePage = 1 << 21
  /// A request may take a free block of this many classes above its own: half as large again. Large
  /// ones may take any up to 8 times as large: what a wide subnet left serves the narrow ones after
  /// it, whose sizes are others at every step, and fresh pages cost more than room.
  private static func searchedClasses(above sizeClass: Int) -> Int {
    size(ofClass: sizeClass) >= hugePage ? 24 : 4
  }

  private var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 512)
  /// Bytes of blocks in use, of free ones, and the most that were ever in use.
  public private(set) var usedBytes = 0
  public private(set) var freeBytes = 0
  public private(set) var peakBytes = 0

  private let onExhaustion: (OutOfMemory) -> Never

  /// - Parameter onExhaustion: ends the program when the system has no more memory: operations on
  ///   tensors do not throw.
  public init(
    onExhaustion: @escaping (OutOfMemory) -> Never = { preconditionFailure("\($0)") }
  ) {
    self.onExhaustion = onExhaustion
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
    let wanted = Self.sizeClass(of: byteCount + Self.headerSize)
    let block = takeFree(from: wanted) ?? makeBlock(sizeClass: wanted)
    usedBytes += Self.size(ofClass: block.load(as: Int.self))
    peakBytes = max(peakBytes, usedBytes)
    return block + Self.headerSize
  }

  public func deallocate(_ pointer: UnsafeMutableRawPointer) {
    let block = pointer - Self.headerSize
    let sizeClass = block.load(as: Int.self)
    let size = Self.size(ofClass: sizeClass)
    usedBytes -= size
    freeBytes += size
    free[sizeClass].append(block)
    // Random subnets ask for ever new sizes; what they leave must not pile up.
    if freeBytes > peakBytes + peakBytes / 2 + (1 << 28) { releaseFree() }
  }

  /// Gives all free blocks back to the system.
  public func releaseFree() {
    for sizeClass in free.indices {
      for block in free[sizeClass] { Glibc.free(block) }
      free[sizeClass].removeAll()
    }
    freeBytes = 0
  }

  /// Ends the program because the system has no more memory.
  ///
  /// - Parameter wanted: bytes that were asked for, where that is known.
  func exhaust(wanted: Int?) -> Never {
    onExhaustion(OutOfMemory(wanted: wanted, used: usedBytes))
  }

  private func takeFree(from sizeClass: Int) -> UnsafeMutableRawPointer? {
    for candidate in sizeClass...(sizeClass + Self.searchedClasses(above: sizeClass)) {
      if let block = free[candidate].popLast() {
        freeBytes -= Self.size(ofClass: candidate)
        return block
      }
    }
    return nil
  }

  private func makeBlock(sizeClass: Int) -> UnsafeMutableRawPointer {
    let size = Self.size(ofClass: sizeClass)
    let isLarge = size >= Self.hugePage
    var pointer: UnsafeMutableRawPointer?
    var status = posix_memalign(&pointer, isLarge ? Self.hugePage : 64, size)
    if status != 0 {
      releaseFree()
      status = posix_memalign(&pointer, isLarge ? Self.hugePage : 64, size)
    }
    guard status == 0, let pointer else {
      exhaust(wanted: size)
    }
    // Advice: where it is not taken, small pages serve as well.
    if isLarge { madvise(pointer, size, MADV_HUGEPAGE) }
    pointer.storeBytes(of: sizeClass, as: Int.self)
    return pointer
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
