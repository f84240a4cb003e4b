public import OrderedCollections

/// A Python dict with its insertion order, kind and, for an `OrderedDict`, attributes.
public struct PickleDictionary: ExpressibleByDictionaryLiteral {
  public var items: OrderedDictionary<PickleKey, PickleValue>
  public var kind: Kind
  /// Instance attributes, such as the `_metadata` of a state dict.
  public var attributes: OrderedDictionary<String, PickleValue>

  public enum Kind: Hashable, Sendable {
    case plain
    /// `collections.OrderedDict`
    case ordered
  }

  public init() {
    self.init(kind: .plain)
  }

  public init(
    _ items: OrderedDictionary<PickleKey, PickleValue> = [:], kind: Kind = .plain,
    attributes: OrderedDictionary<String, PickleValue> = [:]
  ) {
    self.items = items
    self.kind = kind
    self.attributes = attributes
  }

  public init(dictionaryLiteral elements: (PickleKey, PickleValue)...) {
    self.init(OrderedDictionary(elements) { _, last in last })
  }

  public var count: Int { items.count }

  public subscript(key: PickleKey) -> PickleValue? {
    get { items[key] }
    set { items[key] = newValue }
  }

  /// The entries whose keys are text, in order.
  public var textEntries: [(key: String, value: PickleValue)] {
    items.compactMap { key, value in
      if case .string(let text) = key { (text, value) } else { nil }
    }
  }
}
