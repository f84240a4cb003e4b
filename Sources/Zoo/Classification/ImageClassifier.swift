public import Configs
public import NN
public import Tensors

/// A backbone, perhaps a neck, and a head that classifies whole images, as mmcls's
/// `ImageClassifier`.
public final class ImageClassifier: BaseModule {
  @Child public private(set) var backbone: any Backbone
  @Child public private(set) var neck: (any Neck)?
  @Child public private(set) var head: any ClassificationHead
  @Child private var augments: BatchAugmentations?

  public convenience init(
    backbone: any Backbone, neck: (any Neck)?, head: any ClassificationHead,
    initRules: InitRules? = nil
  ) {
    self.init(
      backbone: backbone, neck: neck, head: head, augmentations: nil, initRules: initRules)
  }

  init(
    backbone: any Backbone, neck: (any Neck)?, head: any ClassificationHead,
    augmentations: BatchAugmentations?, initRules: InitRules?
  ) {
    self.backbone = backbone
    self.neck = neck
    self.head = head
    augments = augmentations
    super.init(initRules: initRules)
  }

  convenience init(_ reader: inout ConfigReader, in context: BuildContext) throws {
    let catalogs = context.catalogs
    let path = reader.path
    let backbone = try reader.build("backbone", from: catalogs.backbones, context: context)
    let neck = try reader.buildIfPresent("neck", from: catalogs.necks, context: context)
    let head = try reader.build("head", from: catalogs.heads, context: context)
    var initRules: InitRules? = try reader.readIfPresent("init_cfg")
    if let checkpoint: String = try reader.readIfPresent("pretrained") {
      initRules = InitRules(
        pretrained: PretrainedWeights(
          checkpoint: checkpoint, path: path.appending("pretrained")))
    }
    self.init(
      backbone: backbone, neck: neck, head: head,
      augmentations: try Self.augmentations(&reader, in: context), initRules: initRules)
  }

  /// Reads the `augments` of `train_cfg`; its other keys mean nothing to a classifier.
  private static func augmentations(
    _ reader: inout ConfigReader, in context: BuildContext
  ) throws -> BatchAugmentations? {
    guard let training: Config = try reader.readIfPresent("train_cfg") else { return nil }
    var fields = try ConfigReader(
      training, path: reader.path.appending("train_cfg"), scope: reader.scope)
    let augmentations = try fields.buildAll(
      "augments", from: context.catalogs.batchAugmentations, context: context)
    return augmentations.isEmpty ? nil : BatchAugmentations(augmentations, in: context)
  }

  /// The features that the head gets.
  public func extractFeatures(_ images: Tensor) -> [Tensor] {
    let features = backbone(images)
    return neck?(features) ?? features
  }

  /// - Parameter images: `[N, 3, H, W]`, on a tape if gradients are wanted.
  /// - Throws: `LossError` when labels and classes do not fit.
  public func forwardTrain(images: Tensor, labels: ClassificationTargets) throws -> Losses {
    guard let augments else {
      return try head.losses(extractFeatures(images), labels: labels)
    }
    let (images, targets) = augments.mixed(images, labels)
    return try head.losses(extractFeatures(images), labels: targets)
  }

  /// Class probabilities `[N, K]`.
  public func scores(images: Tensor) -> Tensor {
    head.scores(extractFeatures(images))
  }

  /// Class scores `[N, K]` before softmax.
  public func logits(images: Tensor) -> Tensor {
    head.logits(extractFeatures(images))
  }
}

extension ImageClassifier {
  /// Checks that groups of normalised channels are whole and, on one small image, that the head
  /// takes what backbone and neck give.
  ///
  /// - Parameter path: the model's place in the config.
  /// - Throws: `ConfigError` that names the backbone, or the head's `in_channels`.
  public func checkFit(path: ConfigPath, on device: any Device) throws {
    for (name, module) in backbone.namedModules() {
      guard let norm = module as? GroupNorm, !norm.hasWholeGroups else { continue }
      throw ConfigError.invalidValue(
        path: path.appending("backbone"),
        message: "num_groups=\(norm.groupCount) of a norm_cfg does not divide the "
          + "\(norm.channelCount) channels of '\(name)'")
    }
    guard let expected = head.inChannels else { return }
    let image = Tensor.zeros(
      [1, backbone.inChannels, 64, 64], layout: .channelsLast, on: device)
    guard let feature = evaluating({ extractFeatures(image) }).last else { return }
    guard feature.shape == [1, expected] else {
      throw ConfigError.invalidValue(
        path: path.appending("head").appending("in_channels"),
        message: "the head expects features of \(expected) channels, but backbone and neck give "
          + (feature.shape.rank == 2
            ? "\(feature.shape[1])" : "maps of shape \(feature.shape); a neck is missing"))
    }
  }

  /// The cost of the network for one image.
  ///
  /// - Parameter input: channels, height and width.
  public func complexity(input: Shape, on device: any Device) -> Complexity {
    Complexity.measure(self, input: Shape([1] + input.dimensions), on: device) { images in
      _ = logits(images: images)
    }
  }
}
