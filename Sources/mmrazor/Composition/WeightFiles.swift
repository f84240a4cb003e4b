internal import Configs
internal import Foundation
internal import Logging
internal import NN
internal import RemoteFiles
internal import Tensors
internal import Training

/// Finds the checkpoints that configs and command lines name: paths, URLs, and names of published
/// weights.
struct WeightFiles {
  let cache: FileCache
  let logger: Logger

  init(logger: Logger) {
    cache = FileCache()
    self.logger = logger
  }

  /// The local file that `location` stands for; tells the log where a remote one lies.
  ///
  /// - Throws: `RemoteFileError`, with what to do when the machine has no network.
  func path(of location: String) throws -> String {
    let path = try cache.file(at: location).path
    if let mark = location.firstRange(of: "://") {
      logger.info("load checkpoint from \(location[..<mark.lowerBound]) path: \(location)")
    }
    return path
  }

  /// The same for the value of the config's `key`; `nil` where the config names no file.
  func path(in config: Config, key: String) throws -> String? {
    guard let entry = config[key],
      let location = try String?(config: entry, path: ConfigPath(components: [key])),
      !location.isEmpty
    else { return nil }
    do {
      return try path(of: location)
    } catch let error as RemoteFileError {
      throw ConfigError.invalidValue(
        path: ConfigPath(components: [key]), message: "\(error)")
    }
  }

  /// The local file of a checkpoint given on the command line.
  static func path(ofArgument location: String) throws -> String {
    do {
      return try FileCache().file(at: location).path
    } catch RemoteFileError.missing {
      throw CommandError.missingCheckpoint(file: location)
    }
  }

  /// Tells the published file of a ResNet whose checkpoint is, by its name, one of another depth.
  private static func fittingFile(_ weights: PretrainedWeights, _ module: Module) -> String? {
    let file = weights.checkpoint.split(separator: "/").last ?? ""
    guard let named = file.prefixMatch(of: #/resnet(\d+)_/#)?.1 else { return nil }
    // The layers with weights, by which these networks are named.
    let depth = module.namedParameters().count { name, parameter in
      [2, 4].contains(parameter.shape.rank) && !name.contains("downsample")
    }
    guard "\(depth)" != named,
      let url = PublishedModels.classifier("resnet\(depth)")
    else { return nil }
    return "the file is of a ResNet-\(named), and the model is a ResNet-\(depth): \(url) fits"
  }

  /// Loads what an `init_cfg` of type `Pretrained` asks for.
  func load(_ weights: PretrainedWeights, into module: Module) throws {
    do {
      if weights.fillsModule {
        let path = try path(of: weights.checkpoint)
        try loadCheckpoint(
          path, into: module, prefix: weights.prefix, requiring: .everyEntry, logger: logger)
        let count = module.stateEntries().count
        logger.info("\(weights.path): all \(count) tensors of the model are from \(path)")
        return
      }
      try loadCheckpoint(
        path(of: weights.checkpoint), into: module,
        prefix: weights.prefix ?? PublishedModels.usedPart(of: weights.checkpoint),
        requiring: .anyEntry, logger: logger)
    } catch let error where !(error is ConfigError) {
      throw ConfigError.invalidValue(
        path: weights.path,
        message: "\(error)" + (Self.fittingFile(weights, module).map { "\n\($0)" } ?? ""))
    }
  }
}
