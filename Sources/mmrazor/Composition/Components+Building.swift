internal import Algorithms
internal import Configs
internal import Logging
internal import NN
internal import RemoteFiles
internal import Tensors
internal import Zoo

extension Components {
  /// Builds what the config's `algorithm` describes.
  ///
  /// - Parameters:
  ///   - task: the task of the model, in whose scope bare names are looked up.
  ///   - drawsWeights: whether random initial weights are needed.
  ///   - teachers: whether distillers are built; a student is evaluated without.
  ///   - logger: gets warnings, and the pretrained weights that an `init_cfg` names; without one
  ///     none can be loaded, and warnings go to the terminal.
  func algorithm(
    of config: Config, task: VisionTask, device: any Device, generator: Generator,
    drawsWeights: Bool, teachers: Bool = true, logger: Logger? = nil
  ) throws -> any Algorithm {
    guard let settings = config["algorithm"] else {
      throw ConfigError.missingKey(path: .root, key: "algorithm")
    }
    let context = BuildContext(
      device: device, generator: generator, catalogs: models, drawsWeights: drawsWeights)
    context.loadPretrained = logger.map { WeightFiles(logger: $0).load }
    return try algorithms.algorithms.build(
      settings, path: "algorithm", scope: task.scope,
      context: AlgorithmContext(
        models: context, catalogs: algorithms, files: FileCache(), buildsTeachers: teachers
      ) {
        if let logger { logger.warning("\($0)") } else { Message.warn($0) }
      })
  }

  /// Checks that the type of the config's model exists, before any file is opened for it.
  ///
  /// - Throws: `ConfigError` as building the model does.
  func checkModelType(of config: Config, task: VisionTask) throws(ConfigError) {
    let holders: [(Config?, ConfigPath)] = [
      (config["algorithm"]?["architecture"], "algorithm.architecture.model"),
      (config["algorithm"] == nil ? config : nil, "model"),
    ]
    for (holder, path) in holders {
      guard let model = holder?["model"], model["type"] != nil else { continue }
      try models.models.checkType(of: model, path: path, scope: task.scope)
    }
  }
}
