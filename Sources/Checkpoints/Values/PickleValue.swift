/// A plain-data Python object, as a pickle stores it.
///
/// Numpy scalars read as ``int(_:)``, ``float(_:)`` or ``bool(_:)``.
public enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  /// A whole number that does not fit `Int`: two's complement, least significant byte first.
  case bigInt([UInt8])
  case float(Double)
  case complex(Double, Double)
  case string(String)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  case set([PickleKey])
  case dict(PickleDictionary)
  case tensor(StoredTensor)
  case array(NumpyArray)
  /// A `torch.Size`.
  case size([Int])
  /// A `torch.device`: `cpu`, `cuda:0`.
  case device(String)
  /// A `torch.dtype`, without `torch.`: `float16`.
  case dtype(String)
  /// An object of any other class.
  case object(ClosedObject)
}

/// A Python object that can be a key of a dict or an element of a set.
public indirect enum PickleKey: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case bigInt([UInt8])
  case float(Double)
  case string(String)
  case bytes([UInt8])
  case tuple([PickleKey])
}

extension PickleValue {
  public init(_ key: PickleKey) {
    self =
      switch key {
      case .none: .none
      case .bool(let value): .bool(value)
      case .int(let value): .int(value)
      case .bigInt(let value): .bigInt(value)
      case .float(let value): .float(value)
      case .string(let value): .string(value)
      case .bytes(let value): .bytes(value)
      case .tuple(let items): .tuple(items.map(PickleValue.init))
      }
  }
}

extension PickleKey {
  /// Nil if Python could not hash the value either, or it is not plain data.
  public init?(_ value: PickleValue) {
    switch value {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .bigInt(let value): self = .bigInt(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .bytes(let value): self = .bytes(value)
    case .tuple(let items):
      var keys: [PickleKey] = []
      for item in items {
        guard let key = PickleKey(item) else { return nil }
        keys.append(key)
      }
      self = .tuple(keys)
    case .complex, .list, .set, .dict, .tensor, .array, .size, .device, .dtype, .object: return nil
    }
  }
}

// MARK: - Reading

extension PickleValue {
  public var isNone: Bool {
    if case .none = self { true } else { false }
  }

  /// A bool; nil for anything else.
  public var boolean: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// A whole number; bools count as 0 and 1, as in Python.
  public var integer: Int? {
    switch self {
    case .int(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// A number of any kind.
  public var number: Double? {
    if case .float(let value) = self { value } else { integer.map(Double.init) }
  }

  public var text: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The elements of a list or tuple.
  public var elements: [PickleValue]? {
    switch self {
    case .list(let items), .tuple(let items): items
    default: nil
    }
  }

  /// The entries of a dict, or of an object whose class is a kind of dict.
  public var dictionary: PickleDictionary? {
    switch self {
    case .dict(let value): value
    case .object(let object): object.dictionary
    default: nil
    }
  }

  public var closedObject: ClosedObject? {
    if case .object(let value) = self { value } else { nil }
  }

  public var tensor: StoredTensor? {
    if case .tensor(let value) = self { value } else { nil }
  }

  /// The entry of a dict; nil if there is none or this is no dict.
  public subscript(key: PickleKey) -> PickleValue? { dictionary?[key] }
}

// MARK: - Literals

extension PickleValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .none }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: PickleValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (PickleKey, PickleValue)...) {
    var dictionary = PickleDictionary()
    for (key, value) in elements { dictionary[key] = value }
    self = .dict(dictionary)
  }
}

extension PickleKey: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
}
