public import OrderedCollections
internal import Tensors

extension StructurePruner {
  /// `count` bins for each search space, all of them live: the start of a greedy search.
  public func maxChannelBins(_ count: Int) -> ChannelBins {
    ChannelBins(
      uniqueKeysWithValues: channelSpaces.map {
        ($0.id, [Bool](repeating: true, count: count))
      })
  }

  /// The subnet that bins stand for.
  ///
  /// A space of C channels has C / n in each of its n bins. Channels at the end that fill no bin
  /// are dead, in upstream too.
  public func subnet(fromBins bins: ChannelBins) -> ChannelSubnet {
    subnet { space in
      guard let live = bins[space.id], !live.isEmpty else {
        preconditionFailure("there are no bins for the space '\(space.id)'")
      }
      let size = space.channelCount / live.count
      return ChannelSelection(
        live.enumerated().lazy.filter(\.element).map {
          $0.offset * size..<($0.offset + 1) * size
        }, of: space.channelCount)
    }
  }

  /// Makes the network compute with the channels of the live bins.
  public func setChannelBins(_ bins: ChannelBins) {
    setSubnet(subnet(fromBins: bins))
  }
}
