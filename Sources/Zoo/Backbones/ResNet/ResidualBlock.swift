public import NN

/// A block of a ResNet: convolutions beside a shortcut.
public protocol ResidualBlock: Layer {
  /// The normalisation behind the last convolution; zero there lets the block start as its shortcut.
  var lastNorm: any NormalizationLayer { get }
}

/// The place of a block in a ResNet.
struct ResidualPlace {
  var inChannels: Int
  var outChannels: Int
  var stride: Int
  var dilation: Int
  let settings: ResNet.Settings

  var norm: NormSpec { settings.norm }

  /// The convolution of 3 pixels that is dilated.
  func convolution(
    _ inChannels: Int, _ outChannels: Int, stride: Int, in context: LayerContext
  ) -> Conv2d {
    Conv2d(
      inChannels, outChannels, kernel: 3, stride: stride, padding: dilation, dilation: dilation,
      in: context)
  }

  /// The child `downsample`, where the block changes the shape.
  func shortcut(in context: LayerContext) -> ResNetShortcut? {
    guard stride != 1 || inChannels != outChannels else { return nil }
    return ResNetShortcut(
      inChannels, outChannels, stride: stride, averages: settings.averagesShortcuts, norm: norm,
      in: context)
  }

  /// The child `drop_path`; rates next to zero drop nothing.
  func dropPath(in context: LayerContext) -> any Layer {
    settings.dropPathRate > 1e-5
      ? DropPath(settings.dropPathRate, in: context) : IdentityLayer()
  }
}
