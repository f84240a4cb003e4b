internal import Configs
public import NN
public import Tensors

/// Skips a block: passes its input on, through a 1×1 convolution where the shape must change.
public final class Identity: BaseModule, Layer {
  @Child private var downsample: ConvModule?

  init(_ reader: inout ConfigReader, in place: OperationContext) throws(ConfigError) {
    let (shape, context) = (place.shape, place.build)
    let style = try LayerStyle(&reader, defaults: LayerStyle(activation: nil))
    downsample =
      shape.keepsShape
      ? nil
      : ConvModule(
        shape.inChannels, shape.outChannels, kernel: 1, stride: shape.stride,
        style: style, in: context)
    super.init(initRules: try reader.readIfPresent("init_cfg"))
  }

  public func forward(_ input: Tensor) -> Tensor {
    downsample?(input) ?? input
  }
}
