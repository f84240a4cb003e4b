internal import Configs
internal import NN
internal import Tensors
internal import Zoo

/// ShuffleNetV2's inverted residual with a kernel of 3, 5 or 7 pixels.
public final class ShuffleBlock: ShuffleUnit {
  init(_ reader: inout ConfigReader, in place: OperationContext) throws(ConfigError) {
    let (shape, context) = (place.shape, place.build)
    let kernel: Int = try reader.read("kernel_size")
    guard [3, 5, 7].contains(kernel) else {
      throw .invalidValue(
        path: reader.path.appending("kernel_size"), message: "expected 3, 5 or 7, found \(kernel)")
    }
    let style = try LayerStyle(&reader)
    try reader.acceptCheckpointing()
    try ShuffleUnit.check(shape, path: reader.path)
    let width = shape.outChannels / 2
    let inChannels = shape.stride > 1 ? shape.inChannels : width
    super.init(
      branch1: ShuffleUnit.shortcut(shape, kernel: kernel, style: style, in: context),
      branch2: Sequential([
        ConvModule(inChannels, width, kernel: 1, style: style, in: context),
        ConvModule(
          width, width, kernel: kernel, stride: shape.stride, padding: kernel / 2,
          groups: width, style: style.linear, in: context),
        ConvModule(width, width, kernel: 1, style: style, in: context),
      ]),
      initRules: try reader.readIfPresent("init_cfg"))
  }
}
