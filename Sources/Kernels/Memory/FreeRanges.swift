#if canImport(Glibc)
  internal import Glibc
#endif

/// Large blocks of memory, cut from ranges of addresses that grow together again when neighbours
/// become free.
///
/// Subnets of ever other widths ask for ever other sizes: whole blocks kept by size would pile up,
/// or be much too large for what they serve. A block is cut from the first range that holds it, which
/// leaves less between blocks than the smallest would; where none does, the system is asked only for
/// what the range at the border lacks. Ranges lie on huge pages where the system allows, which spares
/// most page faults and address translations.
struct FreeRanges {
  private struct Range {
    var start: Int
    var size: Int
    var end: Int { start + size }
  }

  private static let hugePage = 1 << 21
  /// What block sizes are rounded up to.
  private static let grain = 4096

  /// By address; no two of them touch.
  private var ranges: [Range] = []
  /// Behind what the system gave last: it is asked for more from there on.
  private var top: Int?
  /// Bytes of all ranges.
  private(set) var byteCount = 0

  /// The size of a block for so many bytes.
  static func blockSize(_ byteCount: Int) -> Int {
    (byteCount + grain - 1) / grain * grain
  }

  /// A block of so many bytes, a ``blockSize(_:)``; `nil` when the system has no more.
  mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
    guard let index = first(holding: size) ?? grow(for: size) else { return nil }
    let start = ranges[index].start
    if ranges[index].size == size {
      ranges.remove(at: index)
    } else {
      ranges[index].start += size
      ranges[index].size -= size
    }
    byteCount -= size
    return UnsafeMutableRawPointer(bitPattern: start)
  }

  mutating func putBack(_ block: UnsafeMutableRawPointer, size: Int) {
    _ = insert(Range(start: Int(bitPattern: block), size: size))
  }

  /// Gives the whole pages of all ranges back to the system.
  mutating func release() {
    var kept: [Range] = []
    for range in ranges {
      let start = (range.start + Self.hugePage - 1) / Self.hugePage * Self.hugePage
      let end = range.end / Self.hugePage * Self.hugePage
      guard start < end, munmap(UnsafeMutableRawPointer(bitPattern: start), end - start) == 0 else {
        kept.append(range)
        continue
      }
      if range.start < start { kept.append(Range(start: range.start, size: start - range.start)) }
      if end < range.end { kept.append(Range(start: end, size: range.end - end)) }
    }
    ranges = kept
    byteCount = kept.reduce(0) { $0 + $1.size }
  }

  // MARK: Ranges

  private func first(holding size: Int) -> Int? {
    ranges.firstIndex { $0.size >= size }
  }

  /// - Returns: where the range is now, grown together with its neighbours.
  private mutating func insert(_ range: Range) -> Int {
    byteCount += range.size
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].start < range.start { low = middle + 1 } else { high = middle }
    }
    let touchesNext = low < ranges.count && ranges[low].start == range.end
    guard low > 0, ranges[low - 1].end == range.start else {
      if touchesNext {
        ranges[low].start = range.start
        ranges[low].size += range.size
      } else {
        ranges.insert(range, at: low)
      }
      return low
    }
    ranges[low - 1].size += range.size
    if touchesNext {
      ranges[low - 1].size += ranges[low].size
      ranges.remove(at: low)
    }
    return low - 1
  }

  // MARK: The system

  /// - Returns: a range that holds `size` bytes.
  private mutating func grow(for size: Int) -> Int? {
    if let top {
      let border = ranges.last.flatMap { $0.end == top ? $0.size : nil } ?? 0
      let missing = Self.pages(size - border)
      if Self.map(missing, at: top) != nil { return insertMapped(top, missing) }
    }
    let size = Self.pages(size)
    for place in Self.places where Self.map(size, at: place) != nil {
      return insertMapped(place, size)
    }
    // Somewhere, then, with a page more in order to begin at a multiple.
    guard let start = Self.map(size + Self.hugePage, at: nil) else { return nil }
    let aligned = Self.pages(start)
    Self.unmap(start, aligned - start)
    Self.unmap(aligned + size, start + Self.hugePage - aligned)
    return insertMapped(aligned, size)
  }

  private mutating func insertMapped(_ start: Int, _ size: Int) -> Int {
    // Advice: where it is not taken, small pages serve as well.
    madvise(UnsafeMutableRawPointer(bitPattern: start), size, MADV_HUGEPAGE)
    top = start + size
    return insert(Range(start: start, size: size))
  }

  /// Where a pool may begin: far from each other and from where programs and libraries lie, so that
  /// it can grow upwards. Wishes only. There are more than pools at any time: in between the others
  /// what is freed would not grow together again.
  private static let places = (4...320).map { $0 << 38 }

  private static func pages(_ size: Int) -> Int {
    (size + hugePage - 1) / hugePage * hugePage
  }

  /// - Returns: where the system gave new memory; `nil` if it gave none, or none at `address`.
  private static func map(_ size: Int, at address: Int?) -> Int? {
    let pointer = mmap(
      address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }, size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | (address == nil ? 0 : MAP_FIXED_NOREPLACE), -1, 0)
    let start = Int(bitPattern: pointer)
    // Minus one is what the system's header calls a failure.
    guard start != -1 else { return nil }
    if let address, start != address {
      // Kernels before 4.17 take an address for a wish.
      unmap(start, size)
      return nil
    }
    return start
  }

  private static func unmap(_ start: Int, _ size: Int) {
    guard size > 0 else { return }
    munmap(UnsafeMutableRawPointer(bitPattern: start), size)
  }
}
