/// Channels that are chosen together: those of one layer, or of several that must agree, as
/// upstream's entries of `channel_spaces`.
public struct ChannelSpace: Hashable, Sendable {
  /// The path of the layer, or `group_0`, `group_1`, … for several: upstream's `space_id`.
  public let id: String
  public let channelCount: Int
  /// The paths of the layers that make the channels.
  public let layers: [String]
  /// Whether the space is searched, and not excepted by the config.
  public internal(set) var isSearched: Bool
}
