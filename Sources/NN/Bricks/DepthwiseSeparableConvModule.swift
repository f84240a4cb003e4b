public import Tensors

/// A depthwise and then a pointwise ``ConvModule`` (Howard et al., "MobileNets", 2017).
public final class DepthwiseSeparableConvModule: Module, Layer {
  @Child private var depthwiseConv: ConvModule
  @Child private var pointwiseConv: ConvModule

  /// - Parameters:
  ///   - depthwiseStyle: the style of the first convolution, that of the second unless given.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, style: LayerStyle = LayerStyle(norm: nil), depthwiseStyle: LayerStyle? = nil,
    in context: LayerContext
  ) {
    depthwiseConv = ConvModule(
      inChannels, inChannels, kernel: kernel, stride: stride, padding: padding,
      dilation: dilation, groups: inChannels, style: depthwiseStyle ?? style, in: context)
    pointwiseConv = ConvModule(inChannels, outChannels, kernel: 1, style: style, in: context)
    super.init()
  }

  public func forward(_ input: Tensor) -> Tensor {
    LayerRun([depthwiseConv, pointwiseConv]).output(for: input)
  }
}
