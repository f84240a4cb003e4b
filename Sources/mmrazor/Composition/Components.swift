internal import Algorithms
internal import Configs
internal import Logging
internal import NN
internal import RemoteFiles
internal import SearchSpaces
internal import Searchers
internal import Tensors
internal import Zoo

/// Every component of the program, joined: the one place that lists them all.
enum Components {
  static let models = ModelCatalogs.zoo.withSearchSpaces()
  static let algorithms = AlgorithmCatalogs.builtIn
  static let searchers = SearcherCatalog.builtIn

  /// Builds what the config's `algorithm` describes.
  ///
  /// - Parameters:
  ///   - drawsWeights: whether random initial weights are needed.
  ///   - logger: told about the pretrained weights that an `init_cfg` names; without one none can
  ///     be loaded.
  static func algorithm(
    of config: Config, device: any Device, generator: Generator, drawsWeights: Bool,
    logger: Logger? = nil
  ) throws -> any Algorithm {
    guard let settings = config["algorithm"] else {
      throw ConfigError.missingKey(path: .root, key: "algorithm")
    }
    let context = BuildContext(
      device: device, generator: generator, catalogs: models, drawsWeights: drawsWeights)
    context.loadPretrained = logger.map { WeightFiles(logger: $0).load }
    return try algorithms.algorithms.build(
      settings, path: "algorithm",
      context: AlgorithmContext(models: context, catalogs: algorithms, files: FileCache()))
  }
}
