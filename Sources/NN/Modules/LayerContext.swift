public import Configs
public import Tensors

/// The device and the randomness that layers are built with.
open class LayerContext {
  public let device: any Device

  /// Draws initial weights; layers that draw numbers themselves (dropout) split a generator off it.
  public var generator: Generator

  /// Whether random initial weights are drawn. `false` leaves them zero, which saves time where a
  /// checkpoint overwrites every one of them anyway.
  public var drawsWeights: Bool

  /// Loads a checkpoint into a module whose `init_cfg` is of type `Pretrained`.
  public var loadPretrained: PretrainedLoader?

  /// The ranks that train the model together; `nil` where this process trains it alone.
  public let ranks: (any RankGroup)?

  public init(
    device: any Device, generator: Generator, drawsWeights: Bool = true,
    loadPretrained: PretrainedLoader? = nil, ranks: (any RankGroup)? = nil
  ) {
    self.device = device
    self.generator = generator
    self.drawsWeights = drawsWeights
    self.loadPretrained = loadPretrained
    self.ranks = ranks
  }
}

/// Puts the weights of a checkpoint into a module.
public typealias PretrainedLoader = (PretrainedWeights, Module) throws -> Void

/// The checkpoint that an `init_cfg` of type `Pretrained` asks for.
public struct PretrainedWeights: Hashable, Sendable {
  /// A path or URL, also `torchvision://…` and `open-mmlab://…`.
  public let checkpoint: String
  /// Only keys that start with this are used, without it.
  public let prefix: String?
  /// The place of the `init_cfg` in the config, for messages.
  public let path: ConfigPath
  /// Whether every parameter and buffer of the module must be in the checkpoint.
  public private(set) var fillsModule = false

  public init(checkpoint: String, prefix: String? = nil, path: ConfigPath) {
    self.checkpoint = checkpoint
    self.prefix = prefix
    self.path = path
  }

  /// The same weights, which must fill the module.
  public func filling() -> PretrainedWeights {
    var weights = self
    weights.fillsModule = true
    return weights
  }
}
