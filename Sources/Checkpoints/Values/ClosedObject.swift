internal import OrderedCollections

/// A Python object of a class that this reader does not know.
///
/// The object stays closed: its class is a name, and no code of the class runs. The content is
/// data, which is looked at only when it is asked for.
public struct ClosedObject {
  /// The class of the object, or the function that would make it: `argparse.Namespace`.
  public let name: String
  /// Nil for an object that is nothing but a name: a class, a function.
  private let place: (graph: PickleGraph, node: Int)?

  /// The data that an object is made of.
  public struct Content {
    /// Arguments of the class or function.
    public var arguments: [PickleValue] = []
    /// The object's own state, by most classes a dict of its attributes.
    public var state: PickleValue?
    /// Elements of an object that is a kind of list or set.
    public var elements: [PickleValue] = []
    /// Entries of an object that is a kind of dict.
    public var entries: [(key: PickleValue, value: PickleValue)] = []
  }

  init(name: String) {
    self.name = name
    place = nil
  }

  init(name: String, node: Int, in graph: PickleGraph) {
    self.name = name
    place = (graph, node)
  }

  /// The data that the object is made of. Objects within it stay closed.
  ///
  /// - Throws: when the data nests too deeply or unfolds to too much.
  public func content() throws(CheckpointError.Problem) -> Content {
    try place.map { place throws(CheckpointError.Problem) in
      try place.graph.content(of: place.node)
    } ?? Content()
  }

  /// The entries of an object that is a kind of dict; nil for all others.
  var dictionary: PickleDictionary? {
    guard let place, place.graph.isMapping(place.node), let content = try? content() else {
      return nil
    }
    var result = PickleDictionary()
    for (key, value) in content.entries {
      guard let key = PickleKey(key) else { return nil }
      result[key] = value
    }
    return result
  }

  /// Whether the object is a network as `torch.save(model)` writes it.
  var isModule: Bool {
    guard let place, let state = try? place.graph.content(of: place.node).state else {
      return false
    }
    return state["_parameters"] != nil && state["_modules"] != nil
  }
}

extension ClosedObject: CustomStringConvertible {
  /// The name, in words where PyTorch's own is obscure.
  public var description: String {
    switch name {
    case "torch._utils._rebuild_qtensor": "<quantised tensor>"
    case "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor":
      "<sparse tensor>"
    case "torch._utils._rebuild_meta_tensor_no_storage": "<tensor without data>"
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
      "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter":
      "<tensor of an element type that only PyTorch has>"
    default: "<\(name)>"
    }
  }
}

extension PickleValue {
  /// The first closed object in the value.
  var firstClosedObject: ClosedObject? {
    switch self {
    case .object(let object): object
    case .list(let items), .tuple(let items):
      items.lazy.compactMap(\.firstClosedObject).first
    case .dict(let dictionary):
      dictionary.items.values.lazy.compactMap(\.firstClosedObject).first
    default: nil
    }
  }

  /// Takes closed objects out of the value: an entry of a dict goes, an element becomes `None`.
  ///
  /// - Returns: the places of what was taken out, with its class: `meta.args (argparse.Namespace)`.
  public mutating func removeClosedObjects(at path: String = "") -> [String] {
    var removed: [String] = []
    func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    func cleaned(_ items: [PickleValue]) -> [PickleValue] {
      items.enumerated().map { index, item in
        var item = item
        removed += item.removeClosedObjects(at: below("\(index)"))
        return item
      }
    }
    switch self {
    case .object(let object):
      self = .none
      return ["\(path) (\(object.name))"]
    case .list(let items): self = .list(cleaned(items))
    case .tuple(let items): self = .tuple(cleaned(items))
    case .dict(var dictionary):
      for (key, value) in dictionary.items {
        let place = below(PickleValue(key).text ?? key.description)
        if case .object(let object) = value {
          removed.append("\(place) (\(object.name))")
          dictionary[key] = nil
        } else {
          var value = value
          let inner = value.removeClosedObjects(at: place)
          if !inner.isEmpty { dictionary[key] = value }
          removed += inner
        }
      }
      for (name, value) in dictionary.attributes {
        var value = value
        if !value.removeClosedObjects(at: name).isEmpty { dictionary.attributes[name] = value }
      }
      if !removed.isEmpty || !dictionary.attributes.isEmpty { self = .dict(dictionary) }
    default: break
    }
    return removed
  }
}
