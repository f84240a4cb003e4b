public import Configs
public import NN

/// The components that a model's config may name, by kind.
///
/// Each target adds the components that it has (`catalogs.backbones.add(table, scope: .mmcls)`);
/// the whole is put together where the program is composed.
public struct ModelCatalogs: Sendable {
  public var models: Catalog<Module, BuildContext>
  public var backbones: Catalog<any Backbone, BuildContext>
  public var necks: Catalog<any Neck, BuildContext>
  public var heads: Catalog<any ClassificationHead, BuildContext>
  public var losses: Catalog<any ClassificationLoss, BuildContext>
  public var batchAugmentations: Catalog<any BatchAugmentation, BuildContext>
  /// The catalogs of kinds that targets above bring, by ``ComponentKind``.
  var others: [ObjectIdentifier: any Sendable] = [:]

  public init(
    models: Catalog<Module, BuildContext>, backbones: Catalog<any Backbone, BuildContext>,
    necks: Catalog<any Neck, BuildContext>, heads: Catalog<any ClassificationHead, BuildContext>,
    losses: Catalog<any ClassificationLoss, BuildContext>,
    batchAugmentations: Catalog<any BatchAugmentation, BuildContext>
  ) {
    self.models = models
    self.backbones = backbones
    self.necks = necks
    self.heads = heads
    self.losses = losses
    self.batchAugmentations = batchAugmentations
  }

  /// The components of this target; nothing of it can be searched.
  public static var zoo: ModelCatalogs {
    ModelCatalogs(
      models: Catalog(
        "model", scope: .mmcls,
        ["ImageClassifier": { reader, context in try ImageClassifier(&reader, in: context) }]),
      backbones: Catalog(
        "backbone", scope: .mmcls,
        [
          "MobileNetV2": { reader, context in try MobileNetV2(&reader, in: context) },
          "ResNet": { reader, context in try ResNet(&reader, in: context) },
          "ResNetV1c": { reader, context in try ResNet(&reader, variant: .c, in: context) },
          "ResNetV1d": { reader, context in try ResNet(&reader, variant: .d, in: context) },
          "ResNet_CIFAR": { reader, context in try ResNet(&reader, variant: .cifar, in: context) },
          "ShuffleNetV2": { reader, context in try ShuffleNetV2(&reader, in: context) },
        ]),
      necks: Catalog(
        "neck", scope: .mmcls,
        ["GlobalAveragePooling": { reader, _ in try GlobalAveragePooling(&reader) }]),
      heads: Catalog(
        "head", scope: .mmcls,
        [
          "ClsHead": { reader, context in try ClsHead(&reader, in: context) },
          "LinearClsHead": { reader, context in try LinearClsHead(&reader, in: context) },
        ]),
      losses: Catalog(
        "loss", scope: .mmcls,
        [
          "CrossEntropyLoss": { reader, _ in try CrossEntropyLoss(&reader) },
          "LabelSmoothLoss": { reader, _ in try LabelSmoothLoss(&reader) },
        ]),
      batchAugmentations: Catalog("batch augmentation"))
  }
}
