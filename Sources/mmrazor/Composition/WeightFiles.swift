internal import Configs
internal import Foundation
internal import Logging
internal import NN
internal import RemoteFiles
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

  /// Loads what an `init_cfg` of type `Pretrained` asks for.
  func load(_ weights: PretrainedWeights, into module: Module) throws {
    do {
      try loadCheckpoint(
        path(of: weights.checkpoint), into: module,
        prefix: weights.prefix ?? PublishedModels.usedPart(of: weights.checkpoint),
        requiring: .anyEntry, logger: logger)
    } catch let error where !(error is ConfigError) {
      throw ConfigError.invalidValue(path: weights.path, message: "\(error)")
    }
  }
}
