internal import Configs

extension ConfigReader {
  /// Reads `components`.
  mutating func readComponents(
    in context: DistillationContext
  ) throws -> [DistillationComponent] {
    let (path, scope) = (path.appending("components"), scope)
    let components = try read("components", default: [Config]()).enumerated().map { index, config in
      try DistillationComponent(
        config, path: path.appending(index), scope: scope, in: context)
    }
    try checkLossNames(components)
    return components
  }

  /// Checks that each loss has a name of its own, under which it is logged.
  ///
  /// - Throws: `ConfigError` that tells the name.
  func checkLossNames(_ components: [DistillationComponent]) throws(ConfigError) {
    var seen: Set<String> = []
    for name in components.flatMap({ $0.losses.map(\.name) }) where !seen.insert(name).inserted {
      throw .invalidValue(
        path: path.appending("components"), message: "two losses are both named '\(name)'")
    }
  }

  /// Reads `align_methods`.
  mutating func readAlignMethods() throws(ConfigError) -> MethodAlignment? {
    guard let entries: [Config] = try readIfPresent("align_methods"), !entries.isEmpty else {
      return nil
    }
    return try MethodAlignment(entries, path: path.appending("align_methods"))
  }
}
