internal import Configs
internal import Distillation
internal import Foundation
internal import NN
internal import Pruning
internal import RemoteFiles
internal import Tensors
internal import Zoo

extension AutoSlim {
  convenience init(_ reader: inout ConfigReader, in context: AlgorithmContext) throws {
    let path = reader.path
    let models = context.models
    let architecture = try reader.build(
      "architecture", from: context.catalogs.architectures, context: models)
    let pruner = try reader.build("pruner", from: context.catalogs.pruners, context: models)
    let distillerConfig: Config? = try reader.readIfPresent("distiller")
    for key in ["mutator", "mutable_cfg"]
    where try reader.readIfPresent(key, as: Config.self) != nil {
      throw ConfigError.invalidValue(
        path: path.appending(key), message: "AutoSlim chooses channels, not blocks")
    }
    let isRetraining = try reader.read("retraining", default: false)
    let channelConfig: Config? = try reader.readIfPresent("channel_cfg")
    let sampleCount = try reader.read("num_sample_training", default: 4)
    guard sampleCount >= 2 else {
      throw ConfigError.invalidValue(
        path: path.appending("num_sample_training"),
        message: "must be no less than 2, found \(sampleCount)")
    }
    let extents: [Int]? = try reader.read(
      "input_shape", default: [architecture.inChannels, 224, 224])
    let inputShape = extents.map { Shape($0) }
    if let inputShape {
      try architecture.check(inputShape, path: path.appending("input_shape"))
    }
    let bnTrainingMode = try reader.read("bn_training_mode", default: false)
    let initRules: InitRules? = try reader.readIfPresent("init_cfg")

    try architecture.checkFit(path: path.appending("architecture"), on: models.device)
    let stage = try Self.stage(
      isRetraining ? channelConfig : nil, isRetraining: isRetraining, path: path, architecture,
      pruner, in: context)
    let teaching = try context.teaching(
      distillerConfig, path: path.appending("distiller"), scope: reader.scope, for: architecture)
    guard teaching?.distiller.trainsTeachers != true else {
      throw ConfigError.invalidValue(
        path: path.appending("distiller").appending("teacher_trainable"),
        message: "a step of AutoSlim runs backward several times, once for each width; its teacher "
          + "is not trained")
    }
    self.init(
      architecture: architecture, pruner: pruner, teaching: teaching, stage: stage,
      sampleCount: sampleCount, bnTrainingMode: bnTrainingMode,
      inputShape: inputShape, initRules: initRules, context: models)
  }

  /// Prepares the network for its training.
  private static func stage(
    _ channelConfig: Config?, isRetraining: Bool, path: ConfigPath,
    _ architecture: any Architecture, _ pruner: any Pruner, in context: AlgorithmContext
  ) throws -> Stage {
    let device = context.models.device
    let image: Shape = [1, architecture.inChannels, 224, 224]
    func prepare() throws {
      do {
        try pruner.prepare(
          architecture.model, input: image, on: device, forward: architecture.forwardForCounting)
      } catch {
        throw ConfigError.invalidValue(path: path.appending("pruner"), message: "\(error)")
      }
    }
    guard isRetraining else {
      try prepare()
      return .supernet
    }
    let path = path.appending("channel_cfg")
    guard let channelConfig else {
      throw ConfigError.invalidValue(
        path: path, message: "retraining needs the file of a subnet's channels, or several")
    }
    guard channelConfig.items != nil else {
      let config = try context.channels(
        at: String(config: channelConfig, path: path), path: path)
      try explaining(path) {
        try pruner.deploySubnet(
          config, in: architecture.model, input: image, on: device,
          forward: architecture.forwardForCounting)
      }
      return .subnet
    }
    let locations = try [String](config: channelConfig, path: path)
    guard !locations.isEmpty else {
      throw ConfigError.invalidValue(path: path, message: "expected at least one file")
    }
    let configs = try locations.enumerated().map { index, location in
      try context.channels(at: location, path: path.appending(index))
    }
    try architecture.model.convertToSwitchableNorms(count: configs.count)
    try prepare()
    let subnets = try configs.enumerated().map { index, config in
      try explaining(path.appending(index)) { try pruner.subnet(from: config) }
    }
    return .subnets(subnets)
  }

  private static func explaining<Value>(
    _ path: ConfigPath, _ body: () throws -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch let error as PruningError {
      throw ConfigError.invalidValue(path: path, message: "\(error)")
    }
  }
}

extension AlgorithmContext {
  /// Reads the channels of a subnet that `channel_cfg` names.
  ///
  /// - Parameter path: the place of the name, for messages.
  /// - Throws: `ConfigError` with that place and what is wrong with the file.
  func channels(at location: String, path: ConfigPath) throws -> ChannelConfig {
    do {
      return try ChannelConfig(contentsOf: files.file(at: location).path)
    } catch {
      throw ConfigError.invalidValue(path: path, message: "\(error)")
    }
  }
}
