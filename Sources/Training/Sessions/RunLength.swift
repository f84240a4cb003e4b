public import Configs

/// The runner that a config asks for, and how long it runs.
public enum RunLength: Hashable, Sendable {
  case epochs(Int)
  case iterations(Int)

  public var countsEpochs: Bool {
    if case .epochs = self { true } else { false }
  }

  /// The runners of this module.
  public static var catalog: Catalog<RunLength, Void> {
    Catalog(
      "runner", scope: .mmcv,
      [
        "EpochBasedRunner": { reader, _ in .epochs(try positive(&reader, "max_epochs")) },
        "IterBasedRunner": { reader, _ in .iterations(try positive(&reader, "max_iters")) },
      ])
  }

  private static func positive(
    _ reader: inout ConfigReader, _ key: String
  ) throws(ConfigError) -> Int {
    let value: Int = try reader.read(key)
    guard value > 0 else {
      throw .invalidValue(
        path: reader.path.appending(key), message: "must be above 0, this is \(value)")
    }
    return value
  }

  /// Reads `runner`, or the older `total_epochs`, of a whole config.
  static func read(
    _ config: Config, from catalog: Catalog<RunLength, Void>, scope: Scope
  ) throws -> RunLength {
    if let runner = config["runner"], runner != .none {
      return try catalog.build(runner, path: "runner", scope: scope, context: ())
    }
    guard let total = config["total_epochs"] else {
      throw ConfigError.missingKey(path: .root, key: "runner")
    }
    let epochs = try Int(config: total, path: "total_epochs")
    guard epochs > 0 else {
      throw ConfigError.invalidValue(
        path: "total_epochs", message: "must be above 0, this is \(epochs)")
    }
    return .epochs(epochs)
  }
}
