public import Tensors

/// A layer that can compute with fewer channels than it has.
///
/// Without masks, as every layer comes, it costs nothing. The masks' shapes and names are
/// upstream's.
public protocol SlimmableLayer: Module {
  /// The live input channels; `nil` before ``addChannelMasks()``, and for normalisation, whose
  /// output has the same.
  var inMask: ChannelMask? { get }
  /// The live output channels; `nil` before ``addChannelMasks()``.
  var outMask: ChannelMask? { get }
  /// The extents of input and output, dead channels included.
  var fullChannels: (input: Int, output: Int) { get }

  /// Registers the masks as buffers, all ones; does nothing when they are there.
  func addChannelMasks()

  /// Cuts everything but the selected channels off parameters and buffers, for good. `nil` keeps
  /// all.
  func keepChannels(input: ChannelSelection?, output: ChannelSelection?)
}

extension Parameter {
  /// Shrinks to the selected positions for good, in memory of its own.
  func keep(_ selections: [ChannelSelection?]) {
    value = value.compactCopy(selections)
    gradient = .none
  }
}

extension Buffer {
  /// Shrinks to the selected positions for good, in memory of its own.
  func keep(_ selection: ChannelSelection?) {
    value = value.compactCopy([selection])
  }
}

extension Tensor {
  fileprivate func compactCopy(_ selections: [ChannelSelection?]) -> Tensor {
    let part = selecting(selections)
    return part.storage === storage ? Tensor(part.values, shape: part.shape, on: device) : part
  }
}
