import OrderedCollections

/// A dictionary of a child config that meets something else in the base.
struct MergeConflict: Error {
  let path: ConfigPath
  /// What the base has there.
  let found: String
}

extension Config {
  /// The key that makes a dictionary replace the base's one instead of being merged into it.
  static let deleteKey = "_delete_"

  /// This dictionary with the entries of `child` merged in, as mmcv inherits configs.
  ///
  /// Dictionaries merge key by key; every other value, lists and tuples included, replaces the
  /// base's value. The base's keys keep their places and new keys follow. A dictionary with a
  /// true `_delete_` replaces; the mark itself never shows in the result.
  func merging(
    _ child: OrderedDictionary<Key, Config>, path: ConfigPath = .root
  ) throws(MergeConflict) -> Config {
    var result = dictionary ?? [:]
    for (key, value) in child where key != .string(Self.deleteKey) {
      guard case .dict(let entries) = value, let own = result[key] else {
        result[key] = value.removingDeleteMarks()
        continue
      }
      if entries[.string(Self.deleteKey)]?.isTrue == true {
        result[key] = value.removingDeleteMarks()
        continue
      }
      let place = path.appending(key.text)
      guard case .dict = own else {
        throw MergeConflict(path: place, found: own.kindName)
      }
      result[key] = try own.merging(entries, path: place)
    }
    return .dict(result)
  }

  /// The value without the `_delete_` keys of its dictionaries, at any depth.
  func removingDeleteMarks() -> Config {
    switch self {
    case .list(let items):
      return .list(items.map { $0.removingDeleteMarks() })
    case .tuple(let items):
      return .tuple(items.map { $0.removingDeleteMarks() })
    case .dict(var entries):
      entries.removeValue(forKey: .string(Self.deleteKey))
      return .dict(entries.mapValues { $0.removingDeleteMarks() })
    default:
      return self
    }
  }

  /// The truth of the value in Python.
  var isTrue: Bool {
    switch self {
    case .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let items), .tuple(let items): !items.isEmpty
    case .dict(let entries): !entries.isEmpty
    case .bigInt, .opaque: true
    }
  }
}
