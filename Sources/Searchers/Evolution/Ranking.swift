public import SearchSpaces

/// The best candidates so far, best first.
///
/// Candidates of equal score are all kept, in the order they were found; the same subnet is kept
/// once.
public struct Ranking: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let score: Double
    public let subnet: Subnet

    public init(score: Double, subnet: Subnet) {
      self.score = score
      self.subnet = subnet
    }
  }

  /// How many are kept.
  public let limit: Int
  public private(set) var entries: [Entry] = []

  public init(limit: Int, entries: [Entry] = []) {
    self.limit = limit
    for entry in entries { insert(entry) }
  }

  /// The scores, best first.
  public var scores: [Double] { entries.map(\.score) }

  /// Puts a candidate behind all that are at least as good, unless it is there already.
  public mutating func insert(_ entry: Entry) {
    guard !entries.contains(where: { $0.subnet == entry.subnet }) else { return }
    // A score that is no number is worse than any that is one.
    let place = entries.firstIndex { !($0.score >= entry.score) && !entry.score.isNaN }
    entries.insert(entry, at: place ?? entries.count)
    if entries.count > limit { entries.removeLast() }
  }
}
