import Configs
import Foundation
import OrderedCollections
import TestKit

/// A fixture's facts as a config tree.
enum JSONConfig {
  static func read(_ path: String) throws -> Config {
    let loaded = try ConfigLoader(evaluator: NoPython()).load(Fixtures.url(path).path)
    return withTuples(loaded.config)
  }

  private static func withTuples(_ config: Config) -> Config {
    switch config {
    case .list(let items): return .list(items.map(withTuples))
    case .dict(let entries):
      if let items = config["__tuple__"]?.items { return .tuple(items.map(withTuples)) }
      return .dict(entries.mapValues(withTuples))
    default: return config
    }
  }

  /// Fixtures are JSON; there is no Python to evaluate.
  private struct NoPython: PythonEvaluator {
    func basesNeeded(by source: ConfigSource) throws(ConfigFileError) -> Config? { nil }

    func evaluate(
      _ source: ConfigSource, seeing bases: Config?
    ) throws(ConfigFileError) -> OrderedDictionary<Config.Key, Config> { [:] }
  }
}
