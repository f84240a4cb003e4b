internal import Configs
internal import NN
internal import Tensors
internal import Zoo

/// ShuffleNetV2's inverted residual with a kernel of 3, 5 or 7 pixels.
public final class ShuffleBlock: ShuffleUnit {
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
    super.init(
      branch1: ShuffleUnit.shortcut(arguments, kernel: kernel, style: style, in: context),
      branch2: Sequential([
        ConvModule(inChannels, width, kernel: 1, style: style, in: context),
        ConvModule(
          width, width, kernel: kernel, stride: arguments.stride, padding: kernel / 2,
          groups: width, style: style.linear, in: context),
        ConvModule(width, width, kernel: 1, style: style, in: context),
      ]),
      initRules: try reader.readIfPresent("init_cfg"))
  }
}
