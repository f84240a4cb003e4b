public import OrderedCollections

/// A node of a config tree: what an mmcv-style config file evaluates to.
///
/// The tree keeps everything that mmcv distinguishes: key order, tuples against lists, integers
/// against floats.
public enum Config: Hashable, Sendable {
  /// Python's `None`.
  case none
  case bool(Bool)
  case int(Int)
  /// An integer that does not fit 64 bits, in decimal digits.
  case bigInt(String)
  case float(Double)
  case string(String)
  case list([Config])
  case tuple([Config])
  case dict(OrderedDictionary<Key, Config>)
  /// A value without a tree form (a class, a lambda); it fails only where something needs it.
  case opaque(representation: String)

  /// A dictionary key: nearly always a string; class maps use integers.
  public enum Key: Hashable, Sendable, ExpressibleByStringLiteral {
    case string(String)
    case int(Int)
    /// Any other hashable Python value, by its `repr`.
    case other(representation: String)

    public init(stringLiteral value: String) {
      self = .string(value)
    }

    /// The key as it appears in a dotted path.
    public var text: String {
      switch self {
      case .string(let text): text
      case .int(let number): String(number)
      case .other(let representation): representation
      }
    }
  }
}

extension Config {
  /// What the value is, in the words a config author uses.
  public var kindName: String {
    switch self {
    case .none: "None"
    case .bool: "bool"
    case .int, .bigInt: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .opaque: "object"
    }
  }

  /// The entries, when the value is a dictionary.
  public var dictionary: OrderedDictionary<Key, Config>? {
    guard case .dict(let entries) = self else { return nil }
    return entries
  }

  /// The items, when the value is a list or a tuple.
  public var items: [Config]? {
    switch self {
    case .list(let items), .tuple(let items): items
    default: nil
    }
  }

  /// The text, when the value is a string.
  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The value under `key`, or `nil` when there is none (or the value is not a dictionary).
  ///
  /// Assigning `nil` removes the key. Assigning to a value that is not a dictionary makes it one.
  public subscript(key: String) -> Config? {
    get { dictionary?[.string(key)] }
    set {
      var entries = dictionary ?? [:]
      entries[.string(key)] = newValue
      self = .dict(entries)
    }
  }

  /// The value at a dotted path of keys, or `nil` when there is none.
  public subscript(path path: String) -> Config? {
    var node: Config = self
    for part in path.split(separator: ".") {
      if let next = node[String(part)] {
        node = next
      } else if let index = Int(part), let items = node.items, items.indices.contains(index) {
        node = items[index]
      } else {
        return nil
      }
    }
    return node
  }
}

extension Config: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: Config...) { self = .list(elements) }
  public init(nilLiteral: ()) { self = .none }

  public init(dictionaryLiteral elements: (Key, Config)...) {
    self = .dict(OrderedDictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}
