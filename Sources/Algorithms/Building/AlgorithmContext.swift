public import Configs
public import RemoteFiles
public import SearchSpaces
public import Zoo

/// What algorithms are built with: the models' context, the kinds that algorithms refer to, and
/// where the files of subnets come from.
public final class AlgorithmContext {
  public let models: BuildContext
  public let catalogs: AlgorithmCatalogs
  public let files: FileCache

  public init(models: BuildContext, catalogs: AlgorithmCatalogs, files: FileCache) {
    self.models = models
    self.catalogs = catalogs
    self.files = files
  }
}

/// Everything that an `algorithm` config may name, by kind.
public struct AlgorithmCatalogs: Sendable {
  public var algorithms: Catalog<any Algorithm, AlgorithmContext>
  public var architectures: Catalog<any Architecture, BuildContext>
  public var mutators: Catalog<OneShotMutator, BuildContext>

  public init(
    algorithms: Catalog<any Algorithm, AlgorithmContext>,
    architectures: Catalog<any Architecture, BuildContext>,
    mutators: Catalog<OneShotMutator, BuildContext>
  ) {
    self.algorithms = algorithms
    self.architectures = architectures
    self.mutators = mutators
  }

  /// The components of this target.
  public static var builtIn: AlgorithmCatalogs {
    AlgorithmCatalogs(
      algorithms: Catalog(
        "algorithm", scope: "mmrazor",
        ["SPOS": { reader, context in try SPOS(&reader, in: context) }]),
      architectures: Catalog(
        "architecture", scope: "mmrazor",
        ["MMClsArchitecture": { reader, context in try MMClsArchitecture(&reader, in: context) }]),
      mutators: OneShotMutator.catalog)
  }
}
