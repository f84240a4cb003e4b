public import Configs

extension VisionContext {
  /// Builds the data set that a config describes; a list of configs is their concatenation.
  ///
  /// - Throws: `ConfigError`, or ``VisionError`` when folders and files are not as the config says.
  public func buildDataset(_ config: Config, path: ConfigPath) throws -> any Dataset {
    guard let items = config.items else {
      return try datasets.build(config, path: path, context: self)
    }
    return ConcatDataset(try buildAll(items, path: path))
  }

  func buildAll(_ configs: [Config], path: ConfigPath) throws -> [any Dataset] {
    guard !configs.isEmpty else {
      throw ConfigError.invalidValue(path: path, message: "lists no data set")
    }
    return try configs.enumerated().map { index, config in
      try buildDataset(config, path: path.appending(index))
    }
  }
}
