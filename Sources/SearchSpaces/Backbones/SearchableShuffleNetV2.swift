internal import Configs
public import NN
public import Tensors
public import Zoo

/// ShuffleNetV2 with a placeholder (group `all_blocks`) for each of its 20 blocks.
///
/// Its spaces are `stage_<s>_block_<b>`. Guo et al. (2020), supplementary material.
public final class SearchableShuffleNetV2: BaseModule, Backbone {
  static let blockCounts = [4, 4, 8, 4]
  static let lastChannels = 1024

  @Child private var conv1: ConvModule
  @Children private var layers: [any Layer]
  private let outIndices: [Int]
  private let freezing: StageFreezing

  init(_ reader: inout ConfigReader, in context: BuildContext) throws(ConfigError) {
    let stemMultiplier: Int = try reader.read("stem_multiplier", default: 1)
    let widenFactor: Double = try reader.read("widen_factor", default: 1)
    outIndices = try reader.read("out_indices", default: [4])
    let frozenStages: Int = try reader.read("frozen_stages", default: -1)
    let hasLastLayer: Bool = try reader.read("with_last_layer", default: true)
    let style = try LayerStyle(&reader)
    let normEvaluates: Bool = try reader.read("norm_eval", default: false)
    try reader.acceptCheckpointing()

    var channels = 16 * stemMultiplier
    let stem = ConvModule(3, channels, kernel: 3, stride: 2, padding: 1, style: style, in: context)
    var parts: [any Layer] = []
    for (stage, blockCount) in Self.blockCounts.enumerated() {
      let width = Int((Double([64, 160, 320, 640][stage]) * widenFactor).rounded(.toNearestOrEven))
      parts.append(
        Sequential(
          (0..<blockCount).map { block in
            let inChannels = block == 0 ? channels : width
            return Placeholder(
              group: "all_blocks", spaceID: "stage_\(stage)_block_\(block)",
              shape: OperationShape(
                inChannels: inChannels, outChannels: width, stride: block == 0 ? 2 : 1))
          }))
      channels = width
    }
    if hasLastLayer {
      parts.append(
        ConvModule(channels, Self.lastChannels, kernel: 1, style: style, in: context))
    }
    guard frozenStages <= parts.count else {
      throw .invalidValue(
        path: reader.path.appending("frozen_stages"),
        message: "there are \(parts.count) stages to freeze, not \(frozenStages)")
    }
    conv1 = stem
    layers = parts
    freezing = StageFreezing(
      frozenStages, stem: stem, stages: parts, normEvaluates: normEvaluates)
    super.init(initRules: try reader.readIfPresent("init_cfg"))
  }

  /// Feature maps after the stages of `out_indices`.
  public func forward(_ images: Tensor) -> [Tensor] {
    featureMaps(after: outIndices, of: layers, from: conv1(images))
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    freezing.apply(to: self, training: training)
  }

  /// Convolutions are normal with deviation `1 / in` (0.01 in the stem); normalisation starts with
  /// weight 1 and bias 0.0001.
  public override func initializeWeights(in context: LayerContext) throws {
    try super.initializeWeights(in: context)
    if initRules?.isPretrained == true { return }
    for (path, module) in namedModules() {
      if let convolution = module as? Conv2d {
        let weight = convolution.convolutionWeight
        let deviation = path.contains("conv1") ? 0.01 : 1 / Double(weight.shape[1])
        Distribution.normal(mean: 0, deviation: deviation).fill(weight, in: context)
        if let bias = convolution.bias { Distribution.constant(0).fill(bias, in: context) }
      } else if let norm = module as? any NormalizationLayer {
        if let weight = norm.weight { Distribution.constant(1).fill(weight, in: context) }
        if let bias = norm.bias { Distribution.constant(0.0001).fill(bias, in: context) }
        (norm as? BatchNorm2d)?.runningMean?.value.floats.update(repeating: 0)
      }
    }
  }
}
