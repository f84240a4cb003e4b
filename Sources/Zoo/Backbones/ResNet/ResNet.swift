public import NN
public import Tensors

/// mmcls's `ResNet` and its variants: a stem and up to four stages (`layer1` … `layer4`) of
/// residual blocks.
///
/// He et al., "Deep residual learning for image recognition" (2016).
public final class ResNet: BaseModule, Backbone {
  public let inChannels: Int

  // A stem is one normalised convolution, or a sequence of three; then a pooling may follow.
  @Child private var conv1: Conv2d?
  @Child private var norm1: (any NormalizationLayer)?
  @Child private var relu: ActivationLayer?
  @Child private var deepStem: Sequential?
  @Child private var maxpool: MaxPool2d?
  @Children private var stages: [Sequential]

  private let blocks: [any ResidualBlock]
  private let outIndices: [Int]
  private let frozenStages: Int
  private let normEvaluates: Bool
  private let startsAsShortcuts: Bool

  /// - Parameter settings: must fit together, as ``Settings/check(path:)`` makes sure of.
  public init(
    _ settings: Settings, initRules: InitRules? = .convolutional, in context: LayerContext
  ) {
    inChannels = settings.inChannels
    let (kind, norm) = (settings.stem, settings.norm)
    conv1 = Self.stemConvolution(settings, in: context)
    _norm1 = Child(
      name: "\(norm.childName)1",
      kind == .deep ? nil : norm.make(settings.stemChannels, in: context))
    relu = kind == .deep ? nil : ActivationLayer(.relu)
    _deepStem = Child(name: "stem", Self.deepStem(settings, in: context))
    maxpool = kind == .small ? nil : MaxPool2d(kernel: 3, stride: 2, padding: 1)
    var channels = settings.stemChannels
    var width = settings.baseChannels * settings.expansion
    var stages: [Sequential] = []
    var blocks: [any ResidualBlock] = []
    for stage in 0..<settings.stageCount {
      let stageBlocks = Self.blocks(settings, stage: stage, channels, width, in: context)
      stages.append(Sequential(stageBlocks))
      blocks += stageBlocks
      channels = width
      width *= 2
    }
    _stages = Children(stages) { "layer\($0 + 1)" }
    self.blocks = blocks
    outIndices = settings.outIndices
    startsAsShortcuts = settings.zeroInitResidual
    frozenStages = settings.frozenStages
    normEvaluates = settings.normEvaluates
    super.init(initRules: initRules)
    // Upstream leaves normalisation alone until the first switch to training.
    freezing.apply(to: self, training: false)
  }

  private static func blocks(
    _ settings: Settings, stage: Int, _ inChannels: Int, _ outChannels: Int,
    in context: LayerContext
  ) -> [any ResidualBlock] {
    (0..<settings.depth.blockCounts[stage]).map { index in
      let place = ResidualPlace(
        inChannels: index == 0 ? inChannels : outChannels, outChannels: outChannels,
        stride: index == 0 ? settings.strides[stage] : 1, dilation: settings.dilations[stage],
        settings: settings)
      return settings.depth.isBottlenecked
        ? Bottleneck(at: place, in: context) : BasicBlock(at: place, in: context)
    }
  }

  private static func stemConvolution(
    _ settings: Settings, in context: LayerContext
  ) -> Conv2d? {
    let (inChannels, channels) = (settings.inChannels, settings.stemChannels)
    return switch settings.stem {
    case .plain: Conv2d(inChannels, channels, kernel: 7, stride: 2, padding: 3, in: context)
    case .small: Conv2d(inChannels, channels, kernel: 3, padding: 1, in: context)
    case .deep: nil
    }
  }

  private static func deepStem(_ settings: Settings, in context: LayerContext) -> Sequential? {
    guard settings.stem == .deep else { return nil }
    let half = settings.stemChannels / 2
    let widths = [settings.inChannels, half, half, settings.stemChannels]
    return Sequential(
      (0..<3).map { index in
        ConvModule(
          widths[index], widths[index + 1], kernel: 3, stride: index == 0 ? 2 : 1, padding: 1,
          style: LayerStyle(norm: settings.norm), in: context)
      })
  }

  /// Feature maps after the stages of `outIndices`.
  public func forward(_ images: Tensor) -> [Tensor] {
    featureMaps(after: outIndices, of: stages, from: stem(images))
  }

  private func stem(_ images: Tensor) -> Tensor {
    var value = images
    if let conv1, let norm1, let relu { value = conv1.fused(value, norm1, relu) }
    if let deepStem { value = deepStem(value) }
    return maxpool?(value) ?? value
  }

  /// The rules of the config, and then, where asked, a zero for the last normalisation of each
  /// block.
  public override func initializeWeights(in context: LayerContext) throws {
    let isFirst = !isInitialized
    try super.initializeWeights(in: context)
    guard isFirst, startsAsShortcuts, initRules?.isPretrained != true else { return }
    for block in blocks {
      for parameter in [block.lastNorm.weight, block.lastNorm.bias] {
        if let parameter { Distribution.constant(0).fill(parameter, in: context) }
      }
    }
  }

  private var freezing: StageFreezing {
    guard frozenStages >= 0 else {
      return StageFreezing(frozen: [], evaluated: [], normEvaluates: normEvaluates)
    }
    let frozen: [Module] = Array(stages.prefix(frozenStages))
    let stem: [Module?] = [conv1, norm1, deepStem]
    // Of the stem, the plain convolution stays in training mode, which changes nothing for it.
    let evaluatedStem: [Module?] = [norm1, deepStem]
    return StageFreezing(
      frozen: stem.compactMap(\.self) + frozen,
      evaluated: evaluatedStem.compactMap(\.self) + frozen, normEvaluates: normEvaluates)
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    freezing.apply(to: self, training: training)
  }
}
