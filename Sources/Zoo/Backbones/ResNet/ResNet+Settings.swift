public import Configs
public import NN

extension ResNet {
  /// Which convolution of a bottleneck strides: the middle one or, in `caffe`, the first.
  public enum Style: String, Hashable, Sendable, CaseIterable {
    case pytorch
    case caffe
  }

  /// The depths of the paper, in layers with weights.
  public enum Depth: Int, Hashable, Sendable, CaseIterable {
    case d18 = 18
    case d34 = 34
    case d50 = 50
    case d101 = 101
    case d152 = 152

    /// The blocks of each stage.
    public var blockCounts: [Int] {
      switch self {
      case .d18: [2, 2, 2, 2]
      case .d34, .d50: [3, 4, 6, 3]
      case .d101: [3, 4, 23, 3]
      case .d152: [3, 8, 36, 3]
      }
    }

    /// Whether the blocks are ``Bottleneck`` rather than ``BasicBlock``.
    public var isBottlenecked: Bool { rawValue >= 50 }
  }

  /// The variants that upstream names by class.
  public enum Variant: Hashable, Sendable {
    /// As in the paper, deep stem and averaging shortcuts on request.
    case plain
    /// With a deep stem.
    case c
    /// With a deep stem and averaging shortcuts.
    case d
    /// For images of 32 pixels: a stem that keeps the resolution.
    case cifar
  }

  /// The layers before the stages.
  enum Stem: Hashable, Sendable {
    /// A convolution of 7 pixels that strides, then a pooling that does.
    case plain
    /// Three convolutions of 3 pixels in place of the one (He et al., "Bag of tricks", 2019).
    case deep
    /// A convolution of 3 pixels without any stride or pooling, for images of 32 pixels.
    case small
  }

  /// The fields of a ResNet's config.
  public struct Settings: Sendable {
    public var depth: Depth
    public var variant: Variant
    public var inChannels = 3
    public var stemChannels = 64
    /// The middle width of the first stage; each stage doubles it.
    public var baseChannels = 64
    /// How many times wider a block's output is than its middle.
    public var expansion: Int
    public var stageCount = 4
    public var strides = [1, 2, 2, 2]
    public var dilations = [1, 1, 1, 1]
    public var outIndices = [3]
    public var style = Style.pytorch
    public var hasDeepStem: Bool
    /// Whether shortcuts that stride do so by averaging.
    public var averagesShortcuts: Bool
    /// How many stages are not trained, with the stem; -1 trains all.
    public var frozenStages = -1
    public var norm = NormSpec.batch
    /// Whether normalisation keeps to its running statistics in training.
    public var normEvaluates = false
    /// Whether each block starts as its shortcut alone.
    public var zeroInitResidual = true
    public var dropPathRate: Float = 0

    public init(depth: Depth, variant: Variant = .plain) {
      self.depth = depth
      self.variant = variant
      expansion = depth.isBottlenecked ? 4 : 1
      hasDeepStem = variant == .c || variant == .d
      averagesShortcuts = variant == .d
    }

    var stem: Stem {
      if variant == .cifar { return .small }
      return hasDeepStem ? .deep : .plain
    }
  }
}

// MARK: - Decoding

extension ResNet.Settings {
  /// Reads every key but `init_cfg`.
  init(
    _ reader: inout ConfigReader, variant: ResNet.Variant
  ) throws(ConfigError) {
    let path = reader.path
    let layers: Int = try reader.read("depth")
    guard let depth = ResNet.Depth(rawValue: layers) else {
      let depths = ResNet.Depth.allCases.map { String($0.rawValue) }.joined(separator: ", ")
      throw .invalidValue(
        path: path.appending("depth"), message: "expected one of \(depths), found \(layers)")
    }
    self.init(depth: depth, variant: variant)
    inChannels = try reader.read("in_channels", default: inChannels)
    stemChannels = try reader.read("stem_channels", default: stemChannels)
    baseChannels = try reader.read("base_channels", default: baseChannels)
    expansion = try reader.readIfPresent("expansion") ?? expansion
    stageCount = try reader.read("num_stages", default: stageCount)
    strides = try reader.read("strides", default: strides)
    dilations = try reader.read("dilations", default: dilations)
    outIndices = try reader.read("out_indices", default: outIndices)
    let styleName: String = try reader.read("style", default: style.rawValue)
    guard let style = ResNet.Style(rawValue: styleName) else {
      throw .invalidValue(
        path: path.appending("style"),
        message: "expected 'pytorch' or 'caffe', found '\(styleName)'")
    }
    self.style = style
    if variant == .plain || variant == .cifar {
      hasDeepStem = try reader.read("deep_stem", default: false)
      averagesShortcuts = try reader.read("avg_down", default: false)
    }
    frozenStages = try reader.read("frozen_stages", default: frozenStages)
    // There is one kind of convolution; another name is an error.
    _ = try reader.readIfPresent("conv_cfg", as: ConvSpec.self)
    norm = try reader.read("norm_cfg", default: norm)
    normEvaluates = try reader.read("norm_eval", default: normEvaluates)
    try reader.acceptCheckpointing()
    zeroInitResidual = try reader.read("zero_init_residual", default: zeroInitResidual)
    dropPathRate = try reader.read("drop_path_rate", default: dropPathRate)
    try check(path: path)
  }

  /// Checks that the settings fit together.
  ///
  /// - Parameter path: the backbone's place in the config.
  public func check(path: ConfigPath) throws(ConfigError) {
    for (key, value) in [
      ("in_channels", inChannels), ("stem_channels", stemChannels),
      ("base_channels", baseChannels), ("expansion", expansion),
    ] where !(1...65_536).contains(value) {
      throw .invalidValue(
        path: path.appending(key), message: "expected a number from 1 to 65536, found \(value)")
    }
    if !depth.isBottlenecked, expansion != 1 {
      throw .invalidValue(
        path: path.appending("expansion"),
        message: "the blocks of ResNet-\(depth.rawValue) have expansion 1, not \(expansion)")
    }
    try StageRange(1..<5).check([stageCount], path: path.appending("num_stages"))
    for (key, values) in [("strides", strides), ("dilations", dilations)] {
      guard values.count == stageCount, values.allSatisfy({ $0 > 0 }) else {
        throw .invalidValue(
          path: path.appending(key),
          message: "expected \(stageCount) positive numbers, one for each stage, found \(values)")
      }
    }
    guard !outIndices.isEmpty else {
      throw .invalidValue(
        path: path.appending("out_indices"), message: "expected at least one stage")
    }
    try StageRange(0..<stageCount).check(outIndices, path: path.appending("out_indices"))
    try StageRange(-1..<(stageCount + 1)).check(
      [frozenStages], path: path.appending("frozen_stages"))
    if hasDeepStem {
      guard variant != .cifar else {
        throw .invalidValue(
          path: path.appending("deep_stem"), message: "a ResNet_CIFAR has a stem of its own")
      }
      guard stemChannels > 1 else {
        throw .invalidValue(
          path: path.appending("stem_channels"),
          message: "a deep stem needs at least 2 channels, found \(stemChannels)")
      }
    }
    guard (0..<1).contains(dropPathRate) else {
      throw .invalidValue(
        path: path.appending("drop_path_rate"),
        message: "expected a rate from 0 up to but not including 1, found \(dropPathRate)")
    }
  }
}

extension ResNet {
  convenience init(
    _ reader: inout ConfigReader, variant: Variant = .plain, in context: BuildContext
  ) throws(ConfigError) {
    let settings = try Settings(&reader, variant: variant)
    self.init(
      settings, initRules: try reader.read("init_cfg", default: .convolutional), in: context)
  }
}
