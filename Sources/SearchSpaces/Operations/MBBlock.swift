internal import Configs
public import NN
public import Tensors
internal import Zoo

/// MobileNetV2's inverted residual, perhaps with squeeze and excitation.
///
/// Sandler et al., "MobileNetV2" (2018).
public final class MBBlock: BaseModule, Layer {
  @Child private var dropPath: any Layer
  @Child private var expandConv: ConvModule?
  @Child private var depthwiseConv: ConvModule
  @Child private var se: SELayer?
  @Child private var linearConv: ConvModule
  private let hasResidual: Bool

  init(_ reader: inout ConfigReader, in place: OperationContext) throws(ConfigError) {
    let (shape, context) = (place.shape, place.build)
    guard [1, 2].contains(shape.stride) else {
      throw .invalidValue(
        path: reader.path.appending("stride"),
        message: "expected 1 or 2, found \(shape.stride)")
    }
    let kernel: Int = try reader.read("kernel_size")
    let ratio: Int = try reader.read("expand_ratio")
    let se: SELayer.Spec? = try reader.readIfPresent("se_cfg")
    let style = try LayerStyle(&reader)
    let dropRate: Float = try reader.read("drop_path_rate", default: 0)
    try reader.acceptCheckpointing()

    let width = shape.inChannels * ratio
    hasResidual = shape.keepsShape
    dropPath = dropRate > 0 ? DropPath(dropRate, in: context) : IdentityLayer()
    expandConv =
      ratio == 1
      ? nil : ConvModule(shape.inChannels, width, kernel: 1, style: style, in: context)
    depthwiseConv = ConvModule(
      width, width, kernel: kernel, stride: shape.stride, padding: kernel / 2, groups: width,
      style: style, in: context)
    self.se = se.map { SELayer(width, $0, in: context) }
    linearConv = ConvModule(
      width, shape.outChannels, kernel: 1, style: style.linear, in: context)
    super.init(initRules: try reader.readIfPresent("init_cfg"))
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    let layers: [(any Layer)?] = [expandConv, depthwiseConv, se, linearConv]
    let run = LayerRun(layers.compactMap(\.self))
    guard hasResidual else { return run.output(for: input) }
    guard !dropPath.isTraining, !dropPath.isIntercepted else {
      return input + dropPath(run.output(for: input))
    }
    return run.output(for: input, adding: input)
  }
}
