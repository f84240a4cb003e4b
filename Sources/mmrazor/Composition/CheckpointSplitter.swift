internal import Algorithms
internal import Checkpoints
internal import Configs
internal import Logging
internal import NN
internal import OrderedCollections
internal import Pruning
internal import Tensors
internal import Training
internal import Zoo

/// Cuts networks that were trained together, in one slimmable network, out of its checkpoint.
struct CheckpointSplitter {
  private let settings: Config
  private let file: String
  private let logger: Logger
  private let components: Components
  private let scope: Scope

  /// - Parameter file: the checkpoint of the slimmable network.
  /// - Throws: `ConfigError` when the config describes no network that can be pruned.
  init(
    _ config: Config, file: String, components: Components, scope: Scope, logger: Logger
  ) throws {
    guard let settings = config["algorithm"] else {
      throw ConfigError.missingKey(path: .root, key: "algorithm")
    }
    for key in ["architecture", "pruner"] where settings[key].map({ $0 == .none }) ?? true {
      throw ConfigError.missingKey(path: "algorithm", key: key)
    }
    self.settings = settings
    self.file = file
    self.logger = logger
    self.components = components
    self.scope = scope
  }

  /// The checkpoint of each network, in order.
  ///
  /// - Throws: `CommandError` when the checkpoint is of another number of networks, `TrainingError`
  ///   when it is of another network, and `PruningError` when a config is.
  func split(_ configs: [ChannelConfig]) throws -> [Checkpoint] {
    let count = SwitchedKey.networkCount(of: try Checkpoint.read(file).stateDict)
    guard count == configs.count else {
      throw CommandError.otherNetworkCount(
        file: file, inCheckpoint: count, configured: configs.count)
    }
    return try configs.enumerated().map { try network($0.offset, cutTo: $0.element) }
  }

  private func network(_ index: Int, cutTo config: ChannelConfig) throws -> Checkpoint {
    let device = CPU()
    let catalogs = components.algorithms
    let context = BuildContext(
      device: device, generator: Generator(seed: 0), catalogs: components.models,
      drawsWeights: false)
    var reader = try ConfigReader(settings, path: "algorithm", scope: scope)
    let architecture = try reader.build(
      "architecture", from: catalogs.architectures, context: context)
    let pruner = try reader.build("pruner", from: catalogs.pruners, context: context)
    let algorithm = ArchitectureHolder(architecture)
    try loadCheckpoint(
      file, into: algorithm, requiring: .everyEntry, logger: logger,
      adapting: { SwitchedKey.stateDict(ofNetwork: index, in: $0) })
    try pruner.deploySubnet(
      config, in: architecture.model, input: [1, architecture.inChannels, 224, 224], on: device,
      forward: architecture.forwardForCounting)
    return Checkpoint(
      stateDict: algorithm.stateDict,
      meta: ["mmcv_version": "1.5.0", "time": .string(LocalTime.now.ascText)])
  }
}

/// An algorithm as far as its checkpoint's keys go.
private final class ArchitectureHolder: Module {
  @Child private var architecture: any Architecture

  init(_ architecture: any Architecture) {
    self.architecture = architecture
    super.init()
  }
}

/// A key of a slimmable network's state: `conv1.bn.bns.1.weight` is the `conv1.bn.weight` of
/// network 1, and masks belong to none.
private enum SwitchedKey {
  /// The number of networks that share the state; 0 when no normalisation is switched.
  static func networkCount(of state: StateDict) -> Int {
    state.tensors.keys.reduce(0) { max($0, (split($1)?.network ?? -1) + 1) }
  }

  /// The state as the network by itself would have it.
  static func stateDict(ofNetwork index: Int, in state: StateDict) -> StateDict {
    var result = StateDict()
    for (key, tensor) in state.tensors {
      let leaf = key.split(separator: ".").last ?? ""
      guard leaf != "in_mask", leaf != "out_mask" else { continue }
      guard let parts = split(key) else {
        result.tensors[key] = tensor
        continue
      }
      if parts.network == index { result.tensors[parts.name] = tensor }
    }
    return result
  }

  private static func split(_ key: String) -> (name: String, network: Int)? {
    guard let match = key.firstMatch(of: #/\.bns\.(\d+)\./#), let network = Int(match.1) else {
      return nil
    }
    return (String(key[..<match.range.lowerBound] + "." + key[match.range.upperBound...]), network)
  }
}
