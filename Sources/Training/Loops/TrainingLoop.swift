public import Configs

/// The order of training and validation in a run, and its counting: a strategy of ``Runner``.
public protocol TrainingLoop: Sendable {
  /// The `type` under which configs know the loop.
  var name: String { get }

  var length: RunLength { get }

  /// Whether each data set of a list has a loader of its own, rather than all of them one.
  var readsSideBySide: Bool { get }

  /// Goes through the phases of the workflow, again and again, to the end of the run.
  func run(_ phases: [WorkflowPhase], on runner: Runner) throws
}

/// The loops of this target, for `runner=dict(type='EpochBasedRunner', …)`.
public enum TrainingLoops {
  public static var catalog: Catalog<any TrainingLoop, Void> {
    var catalog = Catalog<any TrainingLoop, Void>(
      "runner", scope: .mmcv,
      [
        "EpochBasedRunner": { reader, _ in
          EpochLoop(maxEpochs: try positive(&reader, "max_epochs"))
        },
        "IterBasedRunner": { reader, _ in
          IterationLoop(maxIterations: try positive(&reader, "max_iters"))
        },
      ])
    catalog.add(
      [
        "MultiLoaderEpochBasedRunner": { reader, _ in
          EpochLoop(maxEpochs: try positive(&reader, "max_epochs"), readsSideBySide: true)
        },
        "MultiLoaderIterBasedRunner": { reader, _ in
          IterationLoop(maxIterations: try positive(&reader, "max_iters"), readsSideBySide: true)
        },
      ], scope: .mmrazor)
    return catalog
  }

  private static func positive(
    _ reader: inout ConfigReader, _ key: String
  ) throws(ConfigError) -> Int {
    let value: Int = try reader.read(key)
    try requirePositive(value, path: reader.path.appending(key))
    return value
  }

  fileprivate static func requirePositive(
    _ value: Int, path: ConfigPath
  ) throws(ConfigError) {
    guard value > 0 else {
      throw .invalidValue(path: path, message: "must be above 0, this is \(value)")
    }
  }
}

extension TrainingCatalogs {
  /// Reads `runner`, or the older `total_epochs`, of a whole config.
  public func loop(of config: Config, scope: Scope) throws -> any TrainingLoop {
    if let runner = config["runner"], runner != .none {
      return try runners.build(runner, path: "runner", scope: scope, context: ())
    }
    guard let total = config["total_epochs"] else {
      throw ConfigError.missingKey(path: .root, key: "runner")
    }
    let epochs = try Int(config: total, path: "total_epochs")
    try TrainingLoops.requirePositive(epochs, path: "total_epochs")
    return EpochLoop(maxEpochs: epochs)
  }
}
