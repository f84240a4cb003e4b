internal import Configs
public import NN
public import Tensors

/// mmcls's `ShuffleNetV2`: a convolution and a pooling, three stages of shuffled blocks, and a
/// pointwise convolution (`layers.0` … `layers.3`).
///
/// Ma et al., "ShuffleNet V2" (2018), table 5.
public final class ShuffleNetV2: BaseModule, Backbone {
  /// The widths of the paper.
  public enum Width: Double, Hashable, Sendable, CaseIterable {
    case half = 0.5
    case full = 1
    case oneAndHalf = 1.5
    case double = 2

    /// The channels of the three stages and of the last convolution.
    public var channels: [Int] {
      switch self {
      case .half: [48, 96, 192, 1024]
      case .full: [116, 232, 464, 1024]
      case .oneAndHalf: [176, 352, 704, 1024]
      case .double: [244, 488, 976, 2048]
      }
    }
  }

  private static let blockCounts = [4, 8, 4]
  private static let stemChannels = 24

  @Child private var conv1: ConvModule
  @Child private var maxpool = MaxPool2d(kernel: 3, stride: 2, padding: 1)
  @Children private var layers: [any Layer]
  private let outIndices: [Int]
  private let freezing: StageFreezing

  /// - Parameters:
  ///   - outIndices: the stages whose maps are returned; 3 is the last convolution.
  ///   - frozenStages: how many stages are not trained, with the first convolution; -1 trains all.
  ///   - normEvaluates: whether normalisation keeps to its running statistics in training.
  public init(
    _ width: Width = .full, outIndices: [Int] = [3], frozenStages: Int = -1,
    style: LayerStyle = LayerStyle(), normEvaluates: Bool = false, initRules: InitRules? = nil,
    in context: LayerContext
  ) {
    var channels = Self.stemChannels
    let stem = ConvModule(3, channels, kernel: 3, stride: 2, padding: 1, style: style, in: context)
    var parts: [any Layer] = []
    for (blockCount, width) in zip(Self.blockCounts, width.channels) {
      var blocks: [any Layer] = []
      for block in 0..<blockCount {
        blocks.append(
          ShuffleNetV2Block(
            block == 0 ? channels : width, width, stride: block == 0 ? 2 : 1, style: style,
            in: context))
      }
      parts.append(Sequential(blocks))
      channels = width
    }
    parts.append(
      ConvModule(
        channels, width.channels[Self.blockCounts.count], kernel: 1, style: style, in: context))
    conv1 = stem
    layers = parts
    self.outIndices = outIndices
    freezing = StageFreezing(
      frozenStages, stem: stem, stages: parts, normEvaluates: normEvaluates)
    super.init(initRules: initRules)
  }

  convenience init(_ reader: inout ConfigReader, in context: BuildContext) throws(ConfigError) {
    let path = reader.path
    let widenFactor: Double = try reader.read("widen_factor", default: 1)
    guard let width = Width(rawValue: widenFactor) else {
      let widths = Width.allCases.map { String($0.rawValue) }.joined(separator: ", ")
      throw .invalidValue(
        path: path.appending("widen_factor"),
        message: "expected one of \(widths), found \(widenFactor)")
    }
    let outIndices: [Int] = try reader.read("out_indices", default: [3])
    try StageRange(0..<4).check(outIndices, path: path.appending("out_indices"))
    let frozenStages: Int = try reader.read("frozen_stages", default: -1)
    try StageRange(-1..<4).check([frozenStages], path: path.appending("frozen_stages"))
    let style = try LayerStyle(&reader)
    try reader.acceptCheckpointing()
    self.init(
      width, outIndices: outIndices, frozenStages: frozenStages, style: style,
      normEvaluates: try reader.read("norm_eval", default: false),
      initRules: try reader.readIfPresent("init_cfg"), in: context)
  }

  /// Feature maps after the stages of `outIndices`.
  public func forward(_ images: Tensor) -> [Tensor] {
    featureMaps(after: outIndices, of: layers, from: maxpool(conv1(images)))
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    freezing.apply(to: self, training: training)
  }

  /// Convolutions are normal with deviation `1 / in` (0.01 in the stem), whatever the rules say.
  /// Upstream also means to give normalisation a bias of 0.0001, but does not.
  public override func initializeWeights(in context: LayerContext) throws {
    let isFirst = !isInitialized
    try super.initializeWeights(in: context)
    guard isFirst, initRules?.isPretrained != true else { return }
    for (path, module) in namedModules() {
      guard let convolution = module as? Conv2d else { continue }
      let weight = convolution.convolutionWeight
      let deviation = path.contains("conv1") ? 0.01 : 1 / Double(weight.shape[1])
      Distribution.normal(mean: 0, deviation: deviation).fill(weight, in: context)
      if let bias = convolution.bias { Distribution.constant(0).fill(bias, in: context) }
    }
  }
}
