public import Configs

extension VisionContext {
  /// Builds the data set that a config describes; a list of configs is their concatenation.
  ///
  /// - Parameter scope: the library whose data sets and transforms bare names mean.
  /// - Throws: `ConfigError`, or ``VisionError`` when folders and files are not as the config says.
  public func buildDataset(
    _ config: Config, path: ConfigPath, scope: Scope
  ) throws -> any Dataset {
    guard let items = config.items else {
      return try catalogs.datasets.build(config, path: path, scope: scope, context: self)
    }
    return ConcatDataset(try buildAll(items, path: path, scope: scope))
  }

  func buildAll(_ configs: [Config], path: ConfigPath, scope: Scope) throws -> [any Dataset] {
    guard !configs.isEmpty else {
      throw ConfigError.invalidValue(path: path, message: "lists no data set")
    }
    return try configs.enumerated().map { index, config in
      try buildDataset(config, path: path.appending(index), scope: scope)
    }
  }
}
