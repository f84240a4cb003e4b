public import Checkpoints
public import OrderedCollections

/// The name of a run, the place of its files, and the facts that they tell about it.
public struct RunSetup {
  /// An absolute path.
  public var workDirectory: String
  /// The stem of the log files' names: `20261123_235301`.
  public var timestamp: String
  /// The source of all randomness of the run.
  public var seed: UInt64
  /// Upstream's `meta`: see ``Runner/meta``.
  public var meta: OrderedDictionary<String, PickleValue>
  /// The facts that only checkpoints tell: the version of the task's library, `config`, `CLASSES`.
  public var checkpointMeta: OrderedDictionary<String, PickleValue>

  public init(
    workDirectory: String, timestamp: String, seed: UInt64,
    meta: OrderedDictionary<String, PickleValue> = [:],
    checkpointMeta: OrderedDictionary<String, PickleValue> = [:]
  ) {
    self.workDirectory = workDirectory
    self.timestamp = timestamp
    self.seed = seed
    self.meta = meta
    self.checkpointMeta = checkpointMeta
  }
}
