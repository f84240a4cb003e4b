public import NN
public import Tensors

/// Mixes the images of a training batch with each other, and their targets likewise: an entry of
/// mmcls's `train_cfg.augments`.
public protocol BatchAugmentation: RandomLayer {
  /// The share of the batches that are mixed this way.
  var probability: Double { get }

  func mixed(
    _ images: Tensor, _ targets: ClassificationTargets
  ) -> (images: Tensor, targets: ClassificationTargets)
}

/// The augmentations of a classifier, of which at most one is drawn for a batch.
final class BatchAugmentations: Module, RandomLayer {
  @Children private var augmentations: [any BatchAugmentation]
  var generator: Generator

  /// - Parameter augmentations: with probabilities of at most 1 together; the rest of the batches
  ///   stay as they are.
  init(_ augmentations: [any BatchAugmentation], in context: LayerContext) {
    _augmentations = Children(augmentations) { String($0) }
    generator = Generator(seed: context.generator.next())
    super.init()
  }

  func mixed(
    _ images: Tensor, _ targets: ClassificationTargets
  ) -> (images: Tensor, targets: ClassificationTargets) {
    guard isTraining else { return (images, targets) }
    var rest = generator.uniform()
    for augmentation in augmentations {
      rest -= augmentation.probability
      if rest < 0 { return augmentation.mixed(images, targets) }
    }
    return (images, targets)
  }
}
