/// Some of the positions along one axis: ascending ranges that neither touch nor overlap.
///
/// A narrowed layer nearly always keeps the first channels, which is one range. Behind a
/// concatenation there is one range for each part.
public struct ChannelSelection: Hashable, Sendable {
  /// The extent of the whole axis.
  public let total: Int
  public let ranges: [Range<Int>]
  /// How many positions are selected.
  public let count: Int

  /// - Parameter ranges: ascending, without overlap; empty ones are left out, neighbours joined.
  public init(_ ranges: [Range<Int>], of total: Int) {
    var joined: [Range<Int>] = []
    for range in ranges where !range.isEmpty {
      let end = joined.last?.upperBound ?? 0
      precondition(
        range.lowerBound >= end && range.upperBound <= total,
        "the range \(range) does not follow \(end) within 0..<\(total)")
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
    self.total = total
    self.ranges = joined
    count = joined.reduce(0) { $0 + $1.count }
  }

  /// The first `count` positions.
  public static func prefix(_ count: Int, of total: Int) -> ChannelSelection {
    ChannelSelection([0..<count], of: total)
  }

  /// Every position.
  public static func all(of total: Int) -> ChannelSelection {
    ChannelSelection([0..<total], of: total)
  }

  /// Positions where `mask` holds.
  public init(mask: [Bool]) {
    var ranges: [Range<Int>] = []
    var start: Int?
    for (position, lives) in mask.enumerated() {
      if lives {
        start = start ?? position
      } else if let first = start {
        ranges.append(first..<position)
        start = nil
      }
    }
    if let start { ranges.append(start..<mask.count) }
    self.init(ranges, of: mask.count)
  }

  public var isAll: Bool { count == total }

  /// Whether the selected positions are the first ones.
  public var isPrefix: Bool { ranges.count <= 1 && ranges.first?.lowerBound ?? 0 == 0 }

  /// One flag for each position.
  public var mask: [Bool] {
    var mask = [Bool](repeating: false, count: total)
    for range in ranges {
      for position in range { mask[position] = true }
    }
    return mask
  }
}

extension ChannelSelection: CustomStringConvertible {
  /// `12 of 48`
  public var description: String { "\(count) of \(total)" }
}
