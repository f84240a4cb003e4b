internal import Algorithms
internal import Configs
internal import Distillation
internal import Logging
internal import NN
internal import Pruning
internal import RemoteFiles
internal import SearchSpaces
internal import Searchers
internal import Tensors
internal import Training
internal import Vision
internal import Zoo

/// Every component that the configs of a run can name, by kind.
///
/// The value is made for a run and handed down: entries that one run adds are unknown to others.
struct Components: Sendable {
  var vision: VisionCatalogs
  var models: ModelCatalogs
  var algorithms: AlgorithmCatalogs
  var training: TrainingCatalogs
  var searchers: Catalog<any Searcher, SearchContext>

  /// The components of all targets: the one place that lists them.
  static func builtIn() -> Components {
    let (vision, zoo, algorithms) = (
      VisionCatalogs.builtIn, ModelCatalogs.zoo, AlgorithmCatalogs.builtIn
    )
    var components = Components(
      vision: VisionCatalogs(transforms: vision.transforms, datasets: vision.datasets),
      models: ModelCatalogs(
        models: zoo.models,
        backbones: zoo.backbones.joined(with: SearchSpaceCatalogs.backbones),
        necks: zoo.necks,
        heads: zoo.heads,
        losses: zoo.losses,
        batchAugmentations: zoo.batchAugmentations),
      algorithms: AlgorithmCatalogs(
        algorithms: algorithms.algorithms,
        architectures: algorithms.architectures,
        mutators: OneShotMutator.catalog,
        searchSpaces: .builtIn,
        pruners: RatioPruner.catalog,
        distillers: .builtIn,
        distillationLosses: .builtIn),
      training: TrainingCatalogs(
        hooks: StandardHooks.catalog.joined(with: ScheduleCatalog.hooks),
        optimizers: OptimizerRecipe.catalog,
        runners: TrainingLoops.catalog),
      searchers: SearcherCatalog.builtIn)
    for names in UpstreamNames.all { components.note(names) }
    return components
  }

  private mutating func note(_ names: UpstreamNames) {
    names.note(in: &vision.transforms)
    names.note(in: &vision.datasets)
    names.note(in: &models.models)
    names.note(in: &models.backbones)
    names.note(in: &models.necks)
    names.note(in: &models.heads)
    names.note(in: &models.losses)
    names.note(in: &models.batchAugmentations)
    names.note(in: &algorithms.algorithms)
    names.note(in: &algorithms.architectures)
    names.note(in: &algorithms.mutators)
    names.note(in: &algorithms.searchSpaces.mutables)
    names.note(in: &algorithms.searchSpaces.operations)
    names.note(in: &algorithms.pruners)
    names.note(in: &algorithms.distillers)
    names.note(in: &algorithms.distillationLosses)
    names.note(in: &training.hooks)
    names.note(in: &training.optimizers)
    names.note(in: &training.runners)
    names.note(in: &searchers)
  }
}
