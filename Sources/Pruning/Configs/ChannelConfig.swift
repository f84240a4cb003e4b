public import OrderedCollections

/// How many channels each layer of a pruned network has: upstream's `channel_cfg`.
public struct ChannelConfig: Hashable, Sendable {
  /// One layer. Normalisation has the outputs only; in files, raw extents may be missing.
  public struct Layer: Hashable, Sendable {
    public var inChannels: Int?
    public var rawInChannels: Int?
    public var outChannels: Int
    public var rawOutChannels: Int?

    public init(
      inChannels: Int? = nil, rawInChannels: Int? = nil, outChannels: Int, rawOutChannels: Int?
    ) {
      self.inChannels = inChannels
      self.rawInChannels = rawInChannels
      self.outChannels = outChannels
      self.rawOutChannels = rawOutChannels
    }
  }

  /// By the layer's path in the network, in the network's order (or the file's).
  public var layers: OrderedDictionary<String, Layer>
  /// The file it was read from, for messages.
  public var file: String?

  public init(_ layers: OrderedDictionary<String, Layer>, file: String? = nil) {
    self.layers = layers
    self.file = file
  }
}
