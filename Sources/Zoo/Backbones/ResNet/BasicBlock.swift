public import NN
public import Tensors

/// Two convolutions of 3 pixels: the block of ResNet-18 and -34.
///
/// He et al., "Deep residual learning" (2016), figure 5 left.
public final class BasicBlock: BaseModule, ResidualBlock {
  @Child private var conv1: Conv2d
  @Child private var norm1: any NormalizationLayer
  @Child private var conv2: Conv2d
  @Child public private(set) var lastNorm: any NormalizationLayer
  @Child private var relu = ActivationLayer(.relu)
  @Child private var downsample: ResNetShortcut?
  @Child private var dropPath: any Layer

  init(at place: ResidualPlace, in context: LayerContext) {
    let width = place.outChannels
    downsample = place.shortcut(in: context)
    // Only the first convolution is dilated, as in mmcls.
    conv1 = place.convolution(place.inChannels, width, stride: place.stride, in: context)
    _norm1 = place.norm.child(1, width, in: context)
    conv2 = Conv2d(width, width, kernel: 3, padding: 1, in: context)
    _lastNorm = place.norm.child(2, width, in: context)
    dropPath = place.dropPath(in: context)
    super.init()
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    let hidden = conv1.fused(input, norm1, relu)
    return conv2.fused(hidden, lastNorm, dropPath, adding: downsample?(input) ?? input, relu)
  }
}
