public import NN
public import Tensors

/// mmcls's `ResNet` and its variants: a stem and up to four stages (`layer1` … `layer4`) of
/// residual blocks.
///
/// He et al., "Deep residual learning for image recognition" (2016).
public final class ResNet: BaseModule, Backbone {
  public let inChannels: Int

  private var stem: ResNetStem
  private let stages: [Sequential]
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
    stem = ResNetStem(
      settings.stem, inChannels: settings.inChannels, channels: settings.stemChannels,
      norm: settings.norm, in: context)
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
    self.stages = stages
    self.blocks = blocks
    outIndices = settings.outIndices
    startsAsShortcuts = settings.zeroInitResidual
    frozenStages = settings.frozenStages
    normEvaluates = settings.normEvaluates
    super.init(initRules: initRules)
    stem.register(in: self)
    for (index, stage) in stages.enumerated() { register("layer\(index + 1)", stage) }
    // Upstream leaves normalisation alone until the first switch to training.
    freezing.apply(to: self, training: false)
  }

  private static func blocks(
    _ settings: Settings, stage: Int, _ inChannels: Int, _ outChannels: Int,
    in context: LayerContext
  ) -> [any ResidualBlock] {
    let common = ResidualBlockSettings(
      style: settings.style, dilation: settings.dilations[stage],
      norm: settings.norm, dropPathRate: settings.dropPathRate)
    return (0..<settings.depth.blockCounts[stage]).map { index in
      let channels = index == 0 ? inChannels : outChannels
      let stride = index == 0 ? settings.strides[stage] : 1
      let needsShortcut = index == 0 && (stride != 1 || channels != outChannels)
      let shortcut =
        needsShortcut
        ? ResNetShortcut(
          channels, outChannels, stride: stride, averages: settings.averagesShortcuts,
          norm: settings.norm, in: context) : nil
      if settings.depth.isBottlenecked {
        return Bottleneck(
          channels, outChannels, expansion: settings.expansion, stride: stride,
          downsample: shortcut, common, in: context)
      }
      return BasicBlock(
        channels, outChannels, stride: stride, downsample: shortcut, common, in: context)
    }
  }

  /// Feature maps after the stages of `outIndices`.
  public func callAsFunction(_ images: Tensor) -> [Tensor] {
    shown(featureMaps(after: outIndices, of: stages, from: stem(images)))
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
    let start = stem.freezable
    let frozen = stages.prefix(frozenStages).map { $0 as Module }
    return StageFreezing(
      frozen: start.frozen + frozen, evaluated: start.evaluated + frozen,
      normEvaluates: normEvaluates)
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    freezing.apply(to: self, training: training)
  }

  public override func replaceChild(_ name: String, with module: Module) {
    let old = children.first { $0.name == name }?.module
    super.replaceChild(name, with: module)
    if stem.replace(old, with: module) { return }
    preconditionFailure("only the normalisation of a ResNet can be replaced, not '\(name)'")
  }
}
