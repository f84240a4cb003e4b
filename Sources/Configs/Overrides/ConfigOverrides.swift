public import OrderedCollections

/// Changes to a config from the command line: `--cfg-options key.path=value …`.
///
/// The paths are those of mmcv's `merge_from_dict`: keys joined by dots, numbers for elements of
/// lists. The values are in the notation of its `DictAction`, see ``OverrideValue``.
public struct ConfigOverrides: Sendable, Equatable {
  /// The changes in the order they are made; of equal paths the last one counts.
  public private(set) var values: OrderedDictionary<ConfigPath, Config> = [:]

  public init() {}

  /// Reads `key.path=value` texts.
  public static func parse(
    _ arguments: [String]
  ) throws(ConfigFileError) -> ConfigOverrides {
    var overrides = ConfigOverrides()
    for argument in arguments {
      guard let sign = argument.firstIndex(of: "=") else {
        throw .invalidOverride(argument: argument, reason: "expected key.path=value")
      }
      let keys = argument[..<sign].split(separator: ".", omittingEmptySubsequences: false)
      guard keys.allSatisfy({ !$0.isEmpty }) else {
        throw .invalidOverride(argument: argument, reason: "a key of the path is empty")
      }
      guard keys.count < Config.maximumDepth else {
        throw .invalidOverride(argument: argument, reason: "the path is too long")
      }
      let path = ConfigPath(components: keys.map(String.init))
      do throws(OverrideValue.Failure) {
        overrides.values[path] = try OverrideValue.parse(argument[argument.index(after: sign)...])
      } catch {
        throw .invalidOverride(argument: argument, reason: error.reason)
      }
    }
    return overrides
  }

  /// The changes as one tree.
  func tree() throws(ConfigFileError) -> OrderedDictionary<Config.Key, Config> {
    var root = Config.dict([:])
    for (path, value) in values {
      try Self.insert(value, at: path.components[...], of: path, into: &root)
    }
    return root.dictionary ?? [:]
  }

  private static func insert(
    _ value: Config, at keys: ArraySlice<String>, of path: ConfigPath, into node: inout Config
  ) throws(ConfigFileError) {
    guard let key = keys.first else { return }
    guard var entries = node.dictionary else {
      throw .misplacedOverride(
        path: path, reason: "another override gives a value to the part before '\(key)'")
    }
    if keys.count == 1 {
      entries[.string(key)] = value
    } else {
      try insert(
        value, at: keys.dropFirst(), of: path, into: &entries[.string(key), default: .dict([:])])
    }
    node = .dict(entries)
  }
}

extension Config {
  /// This config with the values of `overrides`; missing dictionaries on the way are created.
  ///
  /// - Throws: ``ConfigFileError/misplacedOverride(path:reason:)`` for a path through a value that
  ///   is neither a dictionary nor a list, or to an element that a list does not have.
  public func applying(_ overrides: ConfigOverrides) throws(ConfigFileError) -> Config {
    try overriding(overrides.tree(), path: .root)
  }

  private func overriding(
    _ changes: OrderedDictionary<Key, Config>, path: ConfigPath
  ) throws(ConfigFileError) -> Config {
    switch self {
    case .dict(var entries):
      for (key, change) in changes where key != .string(Self.deleteKey) {
        entries[key] = try Self.override(
          entries[key], with: change, path: path.appending(key.text))
      }
      return .dict(entries)
    case .list(var items):
      for (key, change) in changes {
        let place = path.appending(key.text)
        guard let index = Int(key.text), key.text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
          throw .misplacedOverride(
            path: place, reason: "'\(key.text)' is not an index into the list \(path)")
        }
        guard items.indices.contains(index) else {
          throw .misplacedOverride(
            path: place,
            reason: "index \(index) exceeds the length of the list, which is \(items.count)")
        }
        items[index] = try Self.override(items[index], with: change, path: place)
      }
      return .list(items)
    default:
      throw .misplacedOverride(
        path: path,
        reason: "a value of type \(kindName) has nothing under "
          + "'\(changes.keys.first?.text ?? "")'")
    }
  }

  private static func override(
    _ value: Config?, with change: Config, path: ConfigPath
  ) throws(ConfigFileError) -> Config {
    guard case .dict(let changes) = change else { return change }
    if let value, changes[.string(deleteKey)]?.isTrue != true {
      return try value.overriding(changes, path: path)
    }
    return change.removingDeleteMarks()
  }
}
