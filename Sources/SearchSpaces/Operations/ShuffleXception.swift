internal import Configs
internal import NN
internal import Tensors
internal import Zoo

/// ShuffleNetV2's block with three separable convolutions of 3 pixels in the main branch.
public final class ShuffleXception: ShuffleUnit {
  init(_ reader: inout ConfigReader, in place: OperationContext) throws(ConfigError) {
    let (shape, context) = (place.shape, place.build)
    let style = try LayerStyle(&reader)
    try reader.acceptCheckpointing()
    try ShuffleUnit.check(shape, path: reader.path)
    let width = shape.outChannels / 2
    let strides = [shape.stride, 1, 1]
    let widths = [shape.stride > 1 ? shape.inChannels : width, width, width]
    super.init(
      branch1: ShuffleUnit.shortcut(shape, kernel: 3, style: style, in: context),
      branch2: Sequential(
        zip(strides, widths).map { stride, inChannels in
          DepthwiseSeparableConvModule(
            inChannels, width, kernel: 3, stride: stride, padding: 1, style: style,
            depthwiseStyle: style.linear, in: context)
        }),
      initRules: try reader.readIfPresent("init_cfg"))
  }
}
