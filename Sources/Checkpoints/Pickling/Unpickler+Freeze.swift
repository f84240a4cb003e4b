internal import OrderedCollections
internal import Tensors

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
  /// - Throws: when the object contains itself, when objects nest too deeply, or when shared
  ///   objects contain shared objects so often that the whole would be huge.
  func freeze(_ root: Int) throws(Problem) -> PickleValue {
    let graph = PickleGraph(nodes: nodes, part: cursor.part)
    var freezer = Freezer(graph: graph, root: root)
    return try freezer.freeze(root, depth: 0).value
  }
}

/// The nodes of a pickle that was read. Closed objects keep it, for their content.
final class PickleGraph {
  typealias Problem = CheckpointError.Problem

  let nodes: [PickleNode]
  /// The part of the file that the pickle is, for messages.
  let part: String

  init(nodes: [PickleNode], part: String) {
    self.nodes = nodes
    self.part = part
  }

  /// The data of the closed object at `index`: of an object, or of a container that cannot be a
  /// value.
  func content(of index: Int) throws(Problem) -> ClosedObject.Content {
    var freezer = Freezer(graph: self, root: nil)
    func all(_ items: [Int]) throws(Problem) -> [PickleValue] {
      var values: [PickleValue] = []
      for item in items { values.append(try freezer.freeze(item, depth: 1).value) }
      return values
    }
    func pairs(_ items: [Int]) throws(Problem) -> [(key: PickleValue, value: PickleValue)] {
      let values = try all(items)
      return stride(from: 0, to: values.count - 1, by: 2).map { (values[$0], values[$0 + 1]) }
    }
    var content = ClosedObject.Content()
    switch nodes[index] {
    case .object(let object):
      content.arguments = try all(object.arguments)
      content.state = try object.state.map { state throws(Problem) in
        try freezer.freeze(state, depth: 1).value
      }
      content.elements = try all(object.elements)
      content.entries = try pairs(object.entries)
    case .dict(let dict): content.entries = try pairs(dict.items)
    case .list(let items), .tuple(let items), .set(let items): content.elements = try all(items)
    default: break
    }
    return content
  }

  /// Whether the object at `index` has entries.
  func isMapping(_ index: Int) -> Bool {
    switch nodes[index] {
    case .object(let object): !object.entries.isEmpty
    case .dict: true
    default: false
    }
  }
}

/// From nodes that refer to each other to values that contain each other.
private struct Freezer {
  typealias Problem = CheckpointError.Problem

  let graph: PickleGraph
  /// The object of the whole pickle, which must not contain itself; any other one that does stays
  /// closed where it recurs.
  let root: Int?
  private var states: [Int: State] = [:]

  enum State {
    case underWay
    case done(PickleValue, size: Int)
  }

  init(graph: PickleGraph, root: Int?) {
    self.graph = graph
    self.root = root
  }

  mutating func freeze(_ index: Int, depth: Int) throws(Problem) -> (
    value: PickleValue, size: Int
  ) {
    // Most nodes are leaves, which cost nothing to make again.
    if case .leaf(let value) = graph.nodes[index] { return (value, 1) }
    switch states[index] {
    case .done(let value, let size)?: return (value, size)
    case .underWay?:
      guard index != root else { throw malformed("an object that contains itself") }
      return (closed(index), 1)
    case nil: break
    }
    guard depth < Unpickler.depthLimit else {
      throw .excessive("objects nested deeper than \(Unpickler.depthLimit) levels")
    }
    states[index] = .underWay
    let (value, size) = try make(index, depth: depth + 1)
    guard size <= Unpickler.expandedLimit else {
      throw .excessive("shared objects that unfold to more than \(Unpickler.expandedLimit)")
    }
    states[index] = .done(value, size: size)
    return (value, size)
  }

  private func malformed(_ detail: String) -> Problem {
    .malformed(part: graph.part, detail: detail)
  }

  private func closed(_ index: Int) -> PickleValue {
    let name =
      switch graph.nodes[index] {
      case .object(let object): object.name
      case .dict: "dict"
      case .set: "set"
      case .tuple: "tuple"
      default: "list"
      }
    return .object(ClosedObject(name: name, node: index, in: graph))
  }

  private mutating func make(_ index: Int, depth: Int) throws(Problem) -> (PickleValue, Int) {
    switch graph.nodes[index] {
    case .leaf(let value): return (value, 1)
    case .list(let items):
      let (values, size) = try freezeAll(items, depth: depth)
      return (.list(values), size)
    case .tuple(let items):
      let (values, size) = try freezeAll(items, depth: depth)
      return (.tuple(values), size)
    case .set(let items):
      var keys: OrderedSet<PickleKey> = []
      for item in items {
        guard let key = try key(item, depth: depth) else { return (closed(index), 1) }
        keys.append(key)
      }
      return (.set(Array(keys)), 1 + items.count)
    case .dict(let dict): return try make(dict, index, depth: depth)
    case .global(.dtype(let name)): return (.dtype(name), 1)
    case .global(let global): return (.object(ClosedObject(name: global.path)), 1)
    case .object: return (closed(index), 1)
    case .storage(_, let type, _) where type.isForeign:
      return (.object(ClosedObject(name: "torch.\(type.name)")), 1)
    case .storage(let storage, let type, let base):
      let dtype = type.dtype ?? .uint8
      let tensor = try StoredTensor(
        storage: storage, dtype: dtype,
        dimensions: [max(storage.byteCount / dtype.byteCount - base, 0)], strides: [1],
        offset: base)
      return (.tensor(tensor), 1)
    case .numpyDType(let descriptor): return (.string(descriptor), 1)
    case .emptyArray: throw malformed("a numpy array without content")
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
    _ dict: PickleNode.Dict, _ index: Int, depth: Int
  ) throws(Problem) -> (PickleValue, Int) {
    var result = PickleDictionary(kind: dict.kind)
    result.items.reserveCapacity(dict.items.count / 2)
    var total = 1
    for position in stride(from: 0, to: dict.items.count - 1, by: 2) {
      guard let key = try key(dict.items[position], depth: depth) else {
        return (closed(index), 1)
      }
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

  /// Nil for an object that is neither text, number nor a tuple of these.
  private mutating func key(_ index: Int, depth: Int) throws(Problem) -> PickleKey? {
    let (value, size) = try freeze(index, depth: depth)
    guard size <= Unpickler.keyLimit else {
      throw .excessive("a key of more than \(Unpickler.keyLimit) parts")
    }
    return PickleKey(value)
  }
}
