public import Configs

extension ConfigReader {
  /// Builds the component that the dictionary under `key` describes.
  ///
  /// - Throws: `ConfigError` when the key is missing, and what building throws.
  public mutating func build<Product, Context>(
    _ key: String, from catalog: Catalog<Product, Context>, context: Context
  ) throws -> Product {
    let config: Config = try read(key)
    return try catalog.build(config, path: path.appending(key), context: context)
  }

  /// Builds the component under `key`, or nothing where the key is absent or `None`.
  public mutating func buildIfPresent<Product, Context>(
    _ key: String, from catalog: Catalog<Product, Context>, context: Context
  ) throws -> Product? {
    guard let config = try readIfPresent(key, as: Config.self) else { return nil }
    return try catalog.build(config, path: path.appending(key), context: context)
  }
}
