public import Configs

/// By what the candidates of a search are compared; the fields that all searchers share.
public struct ScoringSettings: Sendable, Equatable {
  /// `metrics` and `metric_options`, for the data set to read.
  public var evaluation: Config = [:]
  /// The metric that counts.
  public var scoreKey = "accuracy_top-1"

  public init() {}

  /// - Throws: `ConfigError` for a value that is not understood.
  public init(_ reader: inout ConfigReader) throws(ConfigError) {
    for key in ["metrics", "metric_options"] {
      evaluation[key] = try reader.readIfPresent(key, as: Config.self)
    }
    scoreKey = try reader.read("score_key", default: scoreKey)
  }
}

extension ConfigReader {
  /// Reads a count.
  ///
  /// - Throws: `ConfigError` also when it is less than `least`.
  mutating func readCount(
    _ key: String, default fallback: Int, from least: Int
  ) throws(ConfigError) -> Int {
    try atLeast(least, read(key, default: fallback), key)
  }

  /// Reads a count that must be there.
  mutating func readCount(_ key: String, from least: Int) throws(ConfigError) -> Int {
    try atLeast(least, read(key), key)
  }

  private func atLeast(_ least: Int, _ value: Int, _ key: String) throws(ConfigError) -> Int {
    guard value >= least else {
      throw .invalidValue(
        path: path.appending(key), message: "must be at least \(least), found \(value)")
    }
    return value
  }
}
