internal import Configs
public import NN
public import Tensors

/// mmcls's `MobileNetV2`: a convolution, seven stages of inverted residuals (`layer1` … `layer7`)
/// and a pointwise convolution.
///
/// Sandler et al., "MobileNetV2" (2018).
public final class MobileNetV2: BaseModule, Backbone {
  private struct Stage {
    let expansion: Int
    let channels: Int
    let blockCount: Int
    let stride: Int

    init(_ expansion: Int, _ channels: Int, _ blockCount: Int, _ stride: Int) {
      self.expansion = expansion
      self.channels = channels
      self.blockCount = blockCount
      self.stride = stride
    }
  }

  private static let stages = [
    Stage(1, 16, 1, 1), Stage(6, 24, 2, 2), Stage(6, 32, 3, 2), Stage(6, 64, 4, 2),
    Stage(6, 96, 3, 1), Stage(6, 160, 3, 2), Stage(6, 320, 1, 1),
  ]

  @Child private var conv1: ConvModule
  @Children private var layers: [any Layer]
  private let outIndices: [Int]
  private let freezing: StageFreezing

  /// - Parameters:
  ///   - widenFactor: the width of every layer relative to the paper's; the last one never narrows.
  ///   - outIndices: the stages whose maps are returned, 0 to 6; 7 is the last convolution.
  ///   - frozenStages: how many stages are not trained, with the first convolution; -1 trains all.
  ///   - normEvaluates: whether normalisation keeps to its running statistics in training.
  public init(
    widenFactor: Double = 1, outIndices: [Int] = [7], frozenStages: Int = -1,
    style: LayerStyle = LayerStyle(activation: .relu6), normEvaluates: Bool = false,
    initRules: InitRules? = .convolutional, in context: LayerContext
  ) {
    var channels = makeDivisible(32 * widenFactor, by: 8)
    let stem = ConvModule(3, channels, kernel: 3, stride: 2, padding: 1, style: style, in: context)
    var parts: [any Layer] = []
    for stage in Self.stages {
      let width = makeDivisible(Double(stage.channels) * widenFactor, by: 8)
      var blocks: [any Layer] = []
      for block in 0..<stage.blockCount {
        blocks.append(
          InvertedResidual(
            block == 0 ? channels : width, width, stride: block == 0 ? stage.stride : 1,
            expansion: stage.expansion, style: style, in: context))
      }
      parts.append(Sequential(blocks))
      channels = width
    }
    let outChannels = widenFactor > 1 ? Int(1280 * widenFactor) : 1280
    parts.append(ConvModule(channels, outChannels, kernel: 1, style: style, in: context))
    conv1 = stem
    _layers = Children(parts) { $0 < Self.stages.count ? "layer\($0 + 1)" : "conv2" }
    self.outIndices = outIndices
    freezing = StageFreezing(
      frozenStages, stem: stem, stages: parts, normEvaluates: normEvaluates)
    super.init(initRules: initRules)
  }

  convenience init(_ reader: inout ConfigReader, in context: BuildContext) throws(ConfigError) {
    let path = reader.path
    let widenFactor: Double = try reader.read("widen_factor", default: 1)
    // Rounding to multiples of eight needs a number that fits; wider nets than that are typos.
    guard widenFactor > 0, widenFactor <= 64 else {
      throw .invalidValue(
        path: path.appending("widen_factor"),
        message: "expected a width above 0 and up to 64, found \(widenFactor)")
    }
    let outIndices: [Int] = try reader.read("out_indices", default: [7])
    try StageRange(0..<8).check(outIndices, path: path.appending("out_indices"))
    let frozenStages: Int = try reader.read("frozen_stages", default: -1)
    try StageRange(-1..<8).check([frozenStages], path: path.appending("frozen_stages"))
    let style = try LayerStyle(&reader, defaults: LayerStyle(activation: .relu6))
    try reader.acceptCheckpointing()
    self.init(
      widenFactor: widenFactor, outIndices: outIndices, frozenStages: frozenStages, style: style,
      normEvaluates: try reader.read("norm_eval", default: false),
      initRules: try reader.read("init_cfg", default: .convolutional), in: context)
  }

  /// Feature maps after the stages of `outIndices`.
  public func forward(_ images: Tensor) -> [Tensor] {
    featureMaps(after: outIndices, of: layers, from: conv1(images))
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    freezing.apply(to: self, training: training)
  }
}
