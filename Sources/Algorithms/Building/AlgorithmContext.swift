public import Configs
public import Distillation
public import NN
public import Pruning
public import RemoteFiles
public import SearchSpaces
public import Zoo

/// The surroundings in which algorithms are built: the models' context, the kinds that algorithms
/// refer to, the source of subnets' files, and the receiver of warnings.
public final class AlgorithmContext {
  public let models: BuildContext
  public let catalogs: AlgorithmCatalogs
  public let files: FileCache
  let warn: (String) -> Void
  /// Whether distillers are built; what only evaluates a student needs no teacher.
  let buildsTeachers: Bool

  public init(
    models: BuildContext, catalogs: AlgorithmCatalogs, files: FileCache,
    buildsTeachers: Bool = true, warn: @escaping (String) -> Void = { _ in }
  ) {
    self.models = models
    self.catalogs = catalogs
    self.files = files
    self.warn = warn
    self.buildsTeachers = buildsTeachers
  }

  /// The surroundings in which mutators prepare supernets.
  var mutators: MutatorContext {
    MutatorContext(models, catalogs: catalogs.searchSpaces, warn: warn)
  }
}

/// The components that an `algorithm` config may name, by kind.
public struct AlgorithmCatalogs: Sendable {
  public var algorithms: Catalog<any Algorithm, AlgorithmContext>
  public var architectures: Catalog<any Architecture, BuildContext>
  public var mutators: Catalog<any Mutator, BuildContext>
  public var searchSpaces: SearchSpaceCatalogs
  public var pruners: Catalog<any Pruner, LayerContext>
  public var distillers: DistillerCatalog
  public var distillationLosses: DistillationLosses

  public init(
    algorithms: Catalog<any Algorithm, AlgorithmContext>,
    architectures: Catalog<any Architecture, BuildContext>,
    mutators: Catalog<any Mutator, BuildContext>,
    searchSpaces: SearchSpaceCatalogs = .builtIn,
    pruners: Catalog<any Pruner, LayerContext> = RatioPruner.catalog,
    distillers: DistillerCatalog = .builtIn,
    distillationLosses: DistillationLosses = .builtIn
  ) {
    self.algorithms = algorithms
    self.architectures = architectures
    self.mutators = mutators
    self.searchSpaces = searchSpaces
    self.pruners = pruners
    self.distillers = distillers
    self.distillationLosses = distillationLosses
  }

  /// The components of this target.
  public static var builtIn: AlgorithmCatalogs {
    AlgorithmCatalogs(
      algorithms: Catalog(
        "algorithm", scope: .mmrazor,
        [
          "SPOS": { reader, context in try SPOS(&reader, in: context) },
          "AutoSlim": { reader, context in try AutoSlim(&reader, in: context) },
          "GeneralDistill": { reader, context in try GeneralDistill(&reader, in: context) },
          "AlignMethodDistill": { reader, context in
            try GeneralDistill(&reader, exchangesFunctions: true, in: context)
          },
          "Distillation": { reader, context in
            try GeneralDistill(manual: &reader, in: context)
          },
        ]),
      architectures: Catalog(
        "architecture", scope: .mmrazor,
        [
          "MMClsArchitecture": { reader, context in try MMClsArchitecture(&reader, in: context) },
          "MMDetArchitecture": { reader, context in
            try DenseArchitecture.make(&reader, scope: .mmdet, in: context)
          },
          "MMSegArchitecture": { reader, context in
            try DenseArchitecture.make(&reader, scope: .mmseg, in: context)
          },
        ]),
      mutators: OneShotMutator.catalog)
  }
}
