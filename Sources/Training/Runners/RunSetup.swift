public import Checkpoints
public import OrderedCollections

/// What a run is called, where it writes, and what its files tell about it.
public struct RunSetup {
  /// An absolute path.
  public var workDirectory: String
  /// The stem of the log files' names: `20261123_235301`.
  public var timestamp: String
  /// The source of all chance of the run.
  public var seed: UInt64
  /// Upstream's `meta`: see ``Runner/meta``.
  public var meta: OrderedDictionary<String, PickleValue>
  /// What only checkpoints tell: `mmcls_version`, `config`, `CLASSES`.
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
