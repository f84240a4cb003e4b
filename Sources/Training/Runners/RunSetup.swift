public import Checkpoints

/// What a run is called, where it writes, and what its files tell about it.
public struct RunSetup {
  /// An absolute path.
  public var workDirectory: String
  /// The stem of the log files' names: `20261123_235301`.
  public var timestamp: String
  /// The source of all chance of the run.
  public var seed: UInt64
  /// Upstream's `meta`: see ``Runner/meta``.
  public var meta: PickleDictionary
  /// What only checkpoints tell: `mmcls_version`, `config`, `CLASSES`.
  public var checkpointMeta: PickleDictionary

  public init(
    workDirectory: String, timestamp: String, seed: UInt64, meta: PickleDictionary = [:],
    checkpointMeta: PickleDictionary = [:]
  ) {
    self.workDirectory = workDirectory
    self.timestamp = timestamp
    self.seed = seed
    self.meta = meta
    self.checkpointMeta = checkpointMeta
  }
}
