/// The pixels of one object as lengths of runs, column by column from the top left: background,
/// object, background, … COCO's `RLE`.
public struct RunLengthMask: Sendable, Hashable {
  public let extent: Extent
  /// The lengths; the first run is of the background and may be 0.
  public let counts: [Int]

  /// `nil` when a length is negative or the lengths do not add up to the number of pixels.
  public init?(extent: Extent, counts: [Int]) {
    var total = 0
    for count in counts {
      let (sum, overflows) = total.addingReportingOverflow(count)
      guard count >= 0, !overflows else { return nil }
      total = sum
    }
    guard total == extent.height * extent.width else { return nil }
    self.extent = extent
    self.counts = counts
  }

  /// The pixels of one label.
  public init(_ map: LabelMap, label: Int = 1) {
    extent = map.extent
    var counts: [Int] = []
    var length = 0
    var isObject = false
    for column in 0..<map.width {
      for row in 0..<map.height {
        if (map[row, column] == label) != isObject {
          counts.append(length)
          length = 0
          isObject.toggle()
        }
        length += 1
      }
    }
    self.counts = counts + [length]
  }

  /// 1 where the object is, 0 elsewhere.
  public var labelMap: LabelMap {
    var bytes = [UInt8](repeating: 0, count: extent.height * extent.width)
    forEachRun { start, length in
      for place in start..<start + length {
        bytes[place % extent.height * extent.width + place / extent.height] = 1
      }
    }
    return LabelMap(height: extent.height, width: extent.width, bytes: bytes)
  }

  /// The number of the object's pixels.
  public var area: Int {
    stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] }
  }

  /// The smallest box around the object; `nil` for an object without pixels.
  public var box: Box? {
    var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)
    forEachRun { start, length in
      let end = start + length - 1
      left = min(left, start / extent.height)
      right = max(right, end / extent.height)
      // A run over the end of a column covers both of the image's edges.
      let isWithinColumn = start / extent.height == end / extent.height
      top = min(top, isWithinColumn ? start % extent.height : 0)
      bottom = max(bottom, isWithinColumn ? end % extent.height : extent.height - 1)
    }
    guard right >= 0 else { return nil }
    return Box(x1: Float(left), y1: Float(top), x2: Float(right + 1), y2: Float(bottom + 1))
  }

  /// Visits the object's runs that have pixels.
  private func forEachRun(_ body: (_ start: Int, _ length: Int) -> Void) {
    var start = 0
    for (number, length) in counts.enumerated() {
      if !number.isMultiple(of: 2), length > 0 { body(start, length) }
      start += length
    }
  }
}
