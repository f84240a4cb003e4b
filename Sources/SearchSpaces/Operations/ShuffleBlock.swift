internal import Configs
public import NN
public import Tensors
internal import Zoo

/// ShuffleNetV2's inverted residual with a kernel of 3, 5 or 7 pixels.
public final class ShuffleBlock: BaseModule, Layer {
  private let unit: ShuffleUnit

  init(_ reader: inout ConfigReader, in context: LayerContext) throws(ConfigError) {
    let arguments = try OperationArguments(&reader)
    let kernel: Int = try reader.read("kernel_size")
    guard [3, 5, 7].contains(kernel) else {
      throw .invalidValue(
        path: reader.path.appending("kernel_size"), message: "expected 3, 5 or 7, found \(kernel)")
    }
    let style = try LayerStyle(&reader)
    try reader.acceptCheckpointing()
    try ShuffleUnit.check(arguments, path: reader.path)
    let width = arguments.outChannels / 2
    let inChannels = arguments.stride > 1 ? arguments.inChannels : width
    unit = ShuffleUnit(
      shortcut: ShuffleUnit.shortcut(arguments, kernel: kernel, style: style, in: context),
      main: Sequential([
        ConvModule(inChannels, width, kernel: 1, style: style, in: context),
        ConvModule(
          width, width, kernel: kernel, stride: arguments.stride, padding: kernel / 2,
          groups: width, style: style.linear, in: context),
        ConvModule(width, width, kernel: 1, style: style, in: context),
      ]))
    super.init(initRules: try reader.readIfPresent("init_cfg"))
    if let shortcut = unit.shortcut { register("branch1", shortcut) }
    register("branch2", unit.main)
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { shown(unit(input)) }
}
