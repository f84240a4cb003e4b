/// The channels of a value, as runs of channels that one layer makes.
///
/// Only a concatenation leads to several runs. A run without a layer holds channels that stay: the
/// images', and whatever must not be narrowed.
struct ChannelFlow: Equatable {
  struct Run: Equatable {
    /// The layer that makes the channels, by number.
    var layer: Int?
    var channels: Int
    /// Positions for each channel: above 1 behind a flattened map.
    var scale = 1

    var extent: Int { channels * scale }
  }

  var runs: [Run]

  /// Channels that stay.
  static func fixed(_ channels: Int) -> ChannelFlow {
    ChannelFlow(runs: channels > 0 ? [Run(layer: nil, channels: channels)] : [])
  }

  static func made(by layer: Int, channels: Int) -> ChannelFlow {
    ChannelFlow(runs: [Run(layer: layer, channels: channels)])
  }

  var extent: Int { runs.reduce(0) { $0 + $1.extent } }

  /// The layers whose channels are in the value.
  var layers: [Int] { runs.compactMap(\.layer) }

  /// The flow when each position becomes `factor`.
  func scaled(by factor: Int) -> ChannelFlow {
    ChannelFlow(
      runs: runs.map { Run(layer: $0.layer, channels: $0.channels, scale: $0.scale * factor) })
  }

  /// The single layer that makes all channels, one position each.
  var onlyLayer: Int? {
    runs.count == 1 && runs[0].scale == 1 ? runs[0].layer : nil
  }
}
