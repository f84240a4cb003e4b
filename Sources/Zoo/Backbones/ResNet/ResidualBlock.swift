public import NN

/// A block of a ResNet: convolutions beside a shortcut.
public protocol ResidualBlock: Layer {
  /// The normalisation behind the last convolution; zero there lets the block start as its shortcut.
  var lastNorm: any NormalizationLayer { get }
}

/// What the blocks of one stage have in common.
struct ResidualBlockSettings {
  var style = ResNet.Style.pytorch
  var dilation = 1
  var norm = NormSpec.batch
  var dropPathRate: Float = 0

  /// The child `drop_path`; rates next to zero drop nothing.
  func dropPath(in context: LayerContext) -> any Layer {
    dropPathRate > 1e-5 ? DropPath(dropPathRate, in: context) : IdentityLayer()
  }
}
