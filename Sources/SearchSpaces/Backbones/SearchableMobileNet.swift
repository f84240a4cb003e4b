internal import Configs
public import NN
public import Tensors
public import Zoo

/// MobileNetV2 with a placeholder for each of its blocks: the first stage in group `first_blocks`,
/// the others in `searchable_blocks`.
///
/// Its spaces are `stage_<s>_block_<b>`. The setting `proxyless_gpu` has the widths of
/// Cai et al., "ProxylessNAS" (2019).
public final class SearchableMobileNet: BaseModule, Backbone {
  struct Stage {
    let channels: Int
    let blockCount: Int
    let stride: Int

    init(_ channels: Int, _ blockCount: Int, _ stride: Int) {
      self.channels = channels
      self.blockCount = blockCount
      self.stride = stride
    }
  }

  static let settings: [String: [Stage]] = [
    "original": [
      Stage(16, 1, 1), Stage(24, 2, 2), Stage(32, 3, 2), Stage(64, 4, 2), Stage(96, 3, 1),
      Stage(160, 3, 2), Stage(320, 1, 1),
    ],
    "proxyless_gpu": [
      Stage(24, 1, 1), Stage(32, 4, 2), Stage(56, 4, 2), Stage(112, 4, 2), Stage(128, 4, 1),
      Stage(256, 4, 2), Stage(432, 1, 1),
    ],
  ]

  @Child private var conv1: ConvModule
  @Children private var layers: [any Layer]
  private let outIndices: [Int]
  private let freezing: StageFreezing

  init(_ reader: inout ConfigReader, in context: BuildContext) throws(ConfigError) {
    let firstChannels: Int = try reader.read("first_channels", default: 32)
    let lastChannels: Int = try reader.read("last_channels", default: 1280)
    let widenFactor: Double = try reader.read("widen_factor", default: 1)
    outIndices = try reader.read("out_indices", default: [7])
    let frozenStages: Int = try reader.read("frozen_stages", default: -1)
    let style = try LayerStyle(&reader, defaults: LayerStyle(activation: .relu6))
    let normEvaluates: Bool = try reader.read("norm_eval", default: false)
    try reader.acceptCheckpointing()
    let settingName: String = try reader.read("arch_setting_type", default: "original")
    let initRules: InitRules? = try reader.read("init_cfg", default: .convolutional)
    try StageRange(0..<8).check(outIndices, path: reader.path.appending("out_indices"))
    try StageRange(-1..<8).check([frozenStages], path: reader.path.appending("frozen_stages"))
    guard let stages = Self.settings[settingName] else {
      let names = Self.settings.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw .invalidValue(
        path: reader.path.appending("arch_setting_type"),
        message: "expected one of \(names), found '\(settingName)'")
    }

    var channels = makeDivisible(Double(firstChannels) * widenFactor, by: 8)
    let stem = ConvModule(3, channels, kernel: 3, stride: 2, padding: 1, style: style, in: context)
    var parts: [any Layer] = []
    for (index, stage) in stages.enumerated() {
      let width = makeDivisible(Double(stage.channels) * widenFactor, by: 8)
      parts.append(
        Sequential(
          (0..<stage.blockCount).map { block in
            Placeholder(
              group: index == 0 ? "first_blocks" : "searchable_blocks",
              spaceID: "stage_\(index)_block_\(block)",
              shape: OperationShape(
                inChannels: block == 0 ? channels : width, outChannels: width,
                stride: block == 0 ? stage.stride : 1))
          }))
      channels = width
    }
    let outChannels =
      widenFactor > 1 ? Int(Double(lastChannels) * widenFactor) : lastChannels
    parts.append(ConvModule(channels, outChannels, kernel: 1, style: style, in: context))
    conv1 = stem
    _layers = Children(parts) { $0 < stages.count ? "layer\($0 + 1)" : "conv2" }
    freezing = StageFreezing(
      frozenStages, stem: stem, stages: parts, normEvaluates: normEvaluates)
    super.init(initRules: initRules)
  }

  /// Feature maps after the stages of `out_indices`; 7 is the last convolution.
  public func forward(_ images: Tensor) -> [Tensor] {
    featureMaps(after: outIndices, of: layers, from: conv1(images))
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    freezing.apply(to: self, training: training)
  }
}
