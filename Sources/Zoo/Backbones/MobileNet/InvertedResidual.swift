public import NN
public import Tensors

/// The block of MobileNetV2: widens pointwise, filters depthwise, narrows pointwise, and adds its
/// input where the shape stays.
///
/// Sandler et al., "MobileNetV2" (2018).
public final class InvertedResidual: BaseModule, Layer {
  @Child private var conv: Sequential
  private let hasResidual: Bool

  /// - Parameters:
  ///   - expansion: how many times wider the middle is; 1 leaves the first convolution out.
  public init(
    _ inChannels: Int, _ outChannels: Int, stride: Int, expansion: Int, style: LayerStyle,
    in context: LayerContext
  ) {
    let width = inChannels * expansion
    var layers: [any Layer] = []
    if expansion != 1 {
      layers.append(ConvModule(inChannels, width, kernel: 1, style: style, in: context))
    }
    layers.append(
      ConvModule(
        width, width, kernel: 3, stride: stride, padding: 1, groups: width, style: style,
        in: context))
    layers.append(ConvModule(width, outChannels, kernel: 1, style: style.linear, in: context))
    conv = Sequential(layers)
    hasResidual = stride == 1 && inChannels == outChannels
    super.init()
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    hasResidual ? conv.fused(input, adding: input) : conv(input)
  }
}
