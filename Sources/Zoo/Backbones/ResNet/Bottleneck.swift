public import NN
public import Tensors

/// A convolution of 3 pixels between two pointwise ones: the block of ResNet-50 and deeper.
///
/// He et al., "Deep residual learning" (2016), figure 5 right. In style `pytorch` the middle
/// convolution strides, in style `caffe` the first.
public final class Bottleneck: BaseModule, ResidualBlock {
  @Child private var conv1: Conv2d
  @Child private var norm1: any NormalizationLayer
  @Child private var conv2: Conv2d
  @Child private var norm2: any NormalizationLayer
  @Child private var conv3: Conv2d
  @Child public private(set) var lastNorm: any NormalizationLayer
  @Child private var relu = ActivationLayer(.relu)
  @Child private var downsample: ResNetShortcut?
  @Child private var dropPath: any Layer

  init(at place: ResidualPlace, in context: LayerContext) {
    let width = place.outChannels / place.settings.expansion
    let strides = place.settings.style == .pytorch ? (1, place.stride) : (place.stride, 1)
    downsample = place.shortcut(in: context)
    conv1 = Conv2d(place.inChannels, width, kernel: 1, stride: strides.0, in: context)
    _norm1 = place.norm.child(1, width, in: context)
    conv2 = place.convolution(width, width, stride: strides.1, in: context)
    _norm2 = place.norm.child(2, width, in: context)
    conv3 = Conv2d(width, place.outChannels, kernel: 1, in: context)
    _lastNorm = place.norm.child(3, place.outChannels, in: context)
    dropPath = place.dropPath(in: context)
    super.init()
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    // The wide outputs of blocks are near half of what a forward pass would leave in memory.
    defer { input.forgetElements() }
    let narrow = conv2.fused(conv1.fused(input, norm1, relu), norm2, relu)
    return conv3.fused(narrow, lastNorm, dropPath, adding: downsample?(input) ?? input, relu)
  }
}
