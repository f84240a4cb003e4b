public import OrderedCollections
public import Pruning

/// A subnet that a round of a greedy search tries: the current one, less a bin of one space.
public struct GreedyCandidate {
  /// The space that is slimmed.
  public let spaceID: String
  public let bins: ChannelBins

  /// The candidates of a round, ordered by space as Python orders strings.
  ///
  /// - Parameter minChannelBins: how many bins of a space live at least.
  public static func all(around base: ChannelBins, minChannelBins: Int) -> [GreedyCandidate] {
    let names = base.keys.sorted {
      $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
    }
    return names.compactMap { GreedyCandidate(slimming: $0, of: base, minChannelBins) }
  }

  /// `base` without the last live bin of a space; `nil` when that must stay.
  private init?(slimming spaceID: String, of base: ChannelBins, _ minChannelBins: Int) {
    guard var live = base[spaceID], let last = live.lastIndex(of: true) else { return nil }
    live[last] = false
    guard live.count(where: { $0 }) >= minChannelBins else { return nil }
    self.spaceID = spaceID
    var bins = base
    bins[spaceID] = live
    self.bins = bins
  }
}
