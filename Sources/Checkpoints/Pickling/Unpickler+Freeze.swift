internal import OrderedCollections
internal import Tensors

/// From nodes that refer to each other to values that contain each other.
extension Unpickler {
  /// Deeper than any checkpoint, shallow enough for a small thread's stack.
  static let depthLimit = 200
  /// Shared objects count each time they occur: what walking the value would take.
  static let expandedLimit = 1 << 26
  static let keyLimit = 64

  /// Runs to the end of the pickle and gives its object.
  mutating func value() throws(Problem) -> PickleValue {
    let root = try run()
    return try freeze(root)
  }

  /// The node as a value.
  ///
  /// - Throws: when an object contains itself, when objects nest too deeply, or when shared
  ///   objects contain shared objects so often that the whole would be huge.
  func freeze(_ root: Int) throws(Problem) -> PickleValue {
    var freezer = Freezer(unpickler: self)
    return try freezer.freeze(root, depth: 0).value
  }

  private struct Freezer {
    let unpickler: Unpickler
    var states: [State]

    enum State {
      case untouched
      case underWay
      case done(PickleValue, size: Int)
    }

    init(unpickler: Unpickler) {
      self.unpickler = unpickler
      states = Array(repeating: .untouched, count: unpickler.nodes.count)
    }

    mutating func freeze(_ index: Int, depth: Int) throws(Problem) -> (
      value: PickleValue, size: Int
    ) {
      switch states[index] {
      case .done(let value, let size): return (value, size)
      case .underWay: throw unpickler.malformed("an object that contains itself")
      case .untouched: break
      }
      guard depth < Unpickler.depthLimit else {
        throw .excessive("objects nested deeper than \(Unpickler.depthLimit) levels")
      }
      states[index] = .underWay
      let (value, size) = try make(unpickler.nodes[index], depth: depth + 1)
      guard size <= Unpickler.expandedLimit else {
        throw .excessive("shared objects that unfold to more than \(Unpickler.expandedLimit)")
      }
      states[index] = .done(value, size: size)
      return (value, size)
    }

    private mutating func make(
      _ node: PickleNode, depth: Int
    ) throws(Problem) -> (PickleValue, Int) {
      switch node {
      case .leaf(let value): return (value, 1)
      case .list(let items):
        let (values, size) = try freezeAll(items, depth: depth)
        return (.list(values), size)
      case .tuple(let items):
        let (values, size) = try freezeAll(items, depth: depth)
        return (.tuple(values), size)
      case .set(let items):
        var keys: OrderedSet<PickleKey> = []
        for item in items { keys.append(try key(item, depth: depth)) }
        return (.set(Array(keys)), 1 + items.count)
      case .dict(let dict): return try make(dict, depth: depth)
      case .global(.dtype(let name)): return (.dtype(name), 1)
      case .global(let global):
        throw unpickler.malformed("the object '\(global)' as a value")
      case .storage(let storage, let dtype, let base):
        let size = (dtype ?? .uint8).byteCount
        let tensor = try StoredTensor(
          storage: storage, dtype: dtype ?? .uint8,
          dimensions: [max(storage.byteCount / size - base, 0)], strides: [1], offset: base)
        return (.tensor(tensor), 1)
      case .numpyDType(let descriptor): return (.string(descriptor), 1)
      case .emptyArray: throw unpickler.malformed("a numpy array without content")
      }
    }

    private mutating func freezeAll(
      _ items: [Int], depth: Int
    ) throws(Problem) -> ([PickleValue], Int) {
      var values: [PickleValue] = []
      values.reserveCapacity(items.count)
      var total = 1
      for item in items {
        let (value, size) = try freeze(item, depth: depth)
        values.append(value)
        // Each is at most the limit, so the sum cannot overflow before it is checked.
        total += size
        guard total <= Unpickler.expandedLimit else { break }
      }
      return (values, total)
    }

    private mutating func make(
      _ dict: PickleNode.Dict, depth: Int
    ) throws(Problem) -> (PickleValue, Int) {
      var result = PickleDictionary(kind: dict.kind)
      result.items.reserveCapacity(dict.items.count / 2)
      var total = 1
      for position in stride(from: 0, to: dict.items.count - 1, by: 2) {
        let key = try key(dict.items[position], depth: depth)
        let (value, size) = try freeze(dict.items[position + 1], depth: depth)
        result.items[key] = value
        total += size + 1
        guard total <= Unpickler.expandedLimit else { return (.none, total) }
      }
      if let attributes = dict.attributes {
        let (state, size) = try freeze(attributes, depth: depth)
        for (name, value) in state.dictionary?.textEntries ?? [] {
          result.attributes[name] = value
        }
        total += size
      }
      return (.dict(result), total)
    }

    private mutating func key(_ index: Int, depth: Int) throws(Problem) -> PickleKey {
      let (value, size) = try freeze(index, depth: depth)
      guard size <= Unpickler.keyLimit else {
        throw .excessive("a key of more than \(Unpickler.keyLimit) parts")
      }
      guard let key = PickleKey(value) else {
        throw unpickler.malformed("a key that is neither text, number nor tuple of these")
      }
      return key
    }
  }
}
