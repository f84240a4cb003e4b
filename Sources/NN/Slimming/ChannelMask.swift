public import Tensors

/// Which channels of a layer live: a buffer of ones and zeros, so that checkpoints keep it, as
/// upstream's `in_mask` and `out_mask`.
///
/// The layer computes the live channels only. The buffer is the truth: whoever loads it, narrows
/// the layer.
public final class ChannelMask: Buffer {
  /// The live channels; `nil` when all are.
  public private(set) var selection: ChannelSelection?

  /// - Parameter rank: 4 for `[1, C, 1, 1]`, 2 for `[1, C]`.
  init(channels: Int, rank: Int, on device: any Device) {
    let shape = Shape([1, channels] + [Int](repeating: 1, count: rank - 2))
    super.init(.filled(1, shape: shape, on: device))
  }

  /// The number of channels, dead ones included.
  public var channelCount: Int { value.shape[1] }

  /// The number of live channels.
  public var liveCount: Int { selection?.count ?? channelCount }

  public override var value: Tensor {
    didSet {
      let mask = value.floats.map { $0 != 0 }
      selection = mask.allSatisfy(\.self) ? nil : ChannelSelection(mask: mask)
    }
  }

  /// Makes the selected channels the live ones.
  public func select(_ selection: ChannelSelection) {
    guard selection != (self.selection ?? .all(of: channelCount)) else { return }
    precondition(
      selection.total == channelCount, "\(selection) channels for a mask of \(channelCount)")
    value = Tensor(selection.mask.map { $0 ? 1 : 0 }, shape: value.shape, on: value.device)
  }

  /// Goes over to another number of channels, all of them live.
  func resize(to channels: Int) {
    value = .filled(1, shape: value.shape.replacing(axis: 1, with: channels), on: value.device)
  }
}
