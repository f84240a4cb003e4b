internal import Configs
public import NN
public import Tensors
internal import Zoo

/// ShuffleNetV2's block with three separable convolutions of 3 pixels in the main branch.
public final class ShuffleXception: BaseModule, Layer {
  private let unit: ShuffleUnit

  init(_ reader: inout ConfigReader, in context: LayerContext) throws(ConfigError) {
    let arguments = try OperationArguments(&reader)
    let style = try LayerStyle(&reader)
    try reader.acceptCheckpointing()
    try ShuffleUnit.check(arguments, path: reader.path)
    let width = arguments.outChannels / 2
    let strides = [arguments.stride, 1, 1]
    let widths = [arguments.stride > 1 ? arguments.inChannels : width, width, width]
    unit = ShuffleUnit(
      shortcut: ShuffleUnit.shortcut(arguments, kernel: 3, style: style, in: context),
      main: Sequential(
        zip(strides, widths).map { stride, inChannels in
          DepthwiseSeparableConvModule(
            inChannels, width, kernel: 3, stride: stride, padding: 1, style: style,
            depthwiseStyle: style.linear, in: context)
        }))
    super.init(initRules: try reader.readIfPresent("init_cfg"))
    if let shortcut = unit.shortcut { register("branch1", shortcut) }
    register("branch2", unit.main)
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { shown(unit(input)) }
}
