public import OrderedCollections
public import Tensors

/// A network within a slimmable one: for each search space the channels that live.
public struct ChannelSubnet: Hashable, Sendable {
  /// By space id, in the order of the search spaces.
  public var channels: OrderedDictionary<String, ChannelSelection>

  public init(_ channels: OrderedDictionary<String, ChannelSelection>) {
    self.channels = channels
  }

  public subscript(spaceID: String) -> ChannelSelection? { channels[spaceID] }
}

/// For each search space, which of equally wide bins of channels live, by space id.
public typealias ChannelBins = OrderedDictionary<String, [Bool]>
