internal import Configs
public import NN
public import Tensors

/// Skips a block: passes its input on, through a 1×1 convolution where the shape must change.
public final class Identity: BaseModule, Layer {
  @Child private var downsample: ConvModule?

  init(_ reader: inout ConfigReader, in context: LayerContext) throws(ConfigError) {
    let arguments = try OperationArguments(&reader)
    let style = try LayerStyle(&reader, defaults: LayerStyle(activation: nil))
    downsample =
      arguments.keepsShape
      ? nil
      : ConvModule(
        arguments.inChannels, arguments.outChannels, kernel: 1, stride: arguments.stride,
        style: style, in: context)
    super.init(initRules: try reader.readIfPresent("init_cfg"))
  }

  public func forward(_ input: Tensor) -> Tensor {
    downsample?(input) ?? input
  }
}
