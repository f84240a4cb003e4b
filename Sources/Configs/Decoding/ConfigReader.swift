public import OrderedCollections

/// Decodes one dictionary of a config, a line per field, and notices unread keys.
///
/// A component reads its fields and then calls ``finish()``; a key left over is an error that
/// names the nearest known key. ``Catalog`` does the finishing for the components it builds.
public struct ConfigReader: ~Copyable {
  /// The place of the dictionary in its tree.
  public let path: ConfigPath
  /// The library in which bare types of nested components are looked up first.
  public let scope: Scope

  private var remaining: OrderedDictionary<Config.Key, Config>
  private var known: [String] = []

  /// - Throws: ``ConfigError/wrongType(path:expected:found:)`` unless `config` is a dictionary.
  public init(
    _ config: Config, path: ConfigPath, scope: Scope = .mmrazor
  ) throws(ConfigError) {
    guard let entries = config.dictionary else {
      throw .wrongType(path: path, expected: "dict", found: config.kindName)
    }
    self.path = path
    self.scope = scope
    remaining = entries
  }

  /// Whether the dictionary has `key` and it was not read yet.
  public func contains(_ key: String) -> Bool {
    remaining[.string(key)] != nil
  }

  /// Reads a field that must be there.
  public mutating func read<T: ConfigDecodable>(
    _ key: String, as type: T.Type = T.self
  ) throws(ConfigError) -> T {
    guard let value = take(key) else { throw .missingKey(path: path, key: key) }
    return try T(config: value, path: path.appending(key))
  }

  /// Reads a field that has a default.
  public mutating func read<T: ConfigDecodable>(
    _ key: String, default fallback: @autoclosure () -> T
  ) throws(ConfigError) -> T {
    guard let value = take(key) else { return fallback() }
    return try T(config: value, path: path.appending(key))
  }

  /// Reads a field that may be absent or `None`.
  public mutating func readIfPresent<T: ConfigDecodable>(
    _ key: String, as type: T.Type = T.self
  ) throws(ConfigError) -> T? {
    guard let value = take(key), value != .none else { return nil }
    return try T(config: value, path: path.appending(key))
  }

  /// A reader of the same keys, for another component that reads the same dictionary.
  public func copied() -> ConfigReader {
    ConfigReader(path: path, scope: scope, remaining: remaining, known: known)
  }

  private init(
    path: ConfigPath, scope: Scope, remaining: OrderedDictionary<Config.Key, Config>,
    known: [String]
  ) {
    self.path = path
    self.scope = scope
    self.remaining = remaining
    self.known = known
  }

  /// Reads one name, or a list of names; `nil` where the key is absent or `None`.
  public mutating func readNames(_ key: String) throws(ConfigError) -> [String]? {
    guard let config: Config = try readIfPresent(key) else { return nil }
    let path = path.appending(key)
    return config.items == nil
      ? [try String(config: config, path: path)] : try [String](config: config, path: path)
  }

  /// Takes all keys that were not read yet, in order.
  public mutating func readRemaining() -> OrderedDictionary<Config.Key, Config> {
    defer { remaining = [:] }
    return remaining
  }

  /// Checks that every key was read.
  ///
  /// - Throws: ``ConfigError/unknownKey(path:key:nearest:)`` for the first unread key.
  public consuming func finish() throws(ConfigError) {
    guard let key = remaining.keys.first else { return }
    throw .unknownKey(
      path: path, key: key.text, nearest: NearestName.of(key.text, among: known))
  }

  private mutating func take(_ key: String) -> Config? {
    known.append(key)
    return remaining.removeValue(forKey: .string(key))
  }
}
