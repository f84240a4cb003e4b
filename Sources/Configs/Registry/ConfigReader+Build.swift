extension ConfigReader {
  /// Builds the component that the dictionary under `key` describes.
  ///
  /// - Parameter scope: where a bare type is looked up; the reader's own scope when `nil`.
  /// - Throws: `ConfigError` when the key is missing, and what building throws.
  public mutating func build<Product, Context>(
    _ key: String, from catalog: Catalog<Product, Context>, scope: Scope? = nil, context: Context
  ) throws -> Product {
    let config: Config = try read(key)
    return try catalog.build(
      config, path: path.appending(key), scope: scope ?? self.scope, context: context)
  }

  /// Builds the component under `key`, which may be absent or `None`.
  public mutating func buildIfPresent<Product, Context>(
    _ key: String, from catalog: Catalog<Product, Context>, scope: Scope? = nil, context: Context
  ) throws -> Product? {
    guard let config: Config = try readIfPresent(key) else { return nil }
    return try catalog.build(
      config, path: path.appending(key), scope: scope ?? self.scope, context: context)
  }

  /// Builds the components that the list under `key` describes, none where there is no list. A
  /// dictionary stands for a list of one.
  public mutating func buildAll<Product, Context>(
    _ key: String, from catalog: Catalog<Product, Context>, scope: Scope? = nil, context: Context
  ) throws -> [Product] {
    guard let config: Config = try readIfPresent(key) else { return [] }
    let path = path.appending(key)
    let scope = scope ?? self.scope
    guard let items = config.items else {
      return [try catalog.build(config, path: path, scope: scope, context: context)]
    }
    return try items.enumerated().map { index, item in
      try catalog.build(item, path: path.appending(index), scope: scope, context: context)
    }
  }
}
