/// A property of a module that holds several of its children.
///
///     @Children private var layers: [any Layer]    // under `layers.0`, `layers.1`, …
///
/// As in PyTorch the elements are those of a ``ModuleList``, which is the child. Elements that are
/// children of the module itself are given with their names, in the initializer:
///
///     _stages = Children(stages) { "layer\($0 + 1)" }
@propertyWrapper
public final class Children<Element> {
  private enum Storage {
    /// The elements of one child.
    case list(ModuleList<Element>)
    /// The elements and their names among the parent's children.
    case own([Element], names: [String])
  }

  private var storage: Storage
  /// The name of the list.
  private var listName: String?
  /// The parent, which lives at least as long as its property.
  private unowned var parent: Module?

  /// - Parameter wrappedValue: modules.
  public init(wrappedValue: [Element]) {
    storage = .list(ModuleList(wrappedValue))
  }

  public init(wrappedValue: [Element], _ name: String) {
    storage = .list(ModuleList(wrappedValue))
    listName = name
  }

  public convenience init(name: String, _ elements: [Element]) {
    self.init(wrappedValue: elements, name)
  }

  /// - Parameters:
  ///   - elements: modules, children of the module itself.
  ///   - name: the name of the element at an index.
  public init(_ elements: [Element], name: (Int) -> String) {
    storage = .own(elements, names: elements.indices.map(name))
  }

  public var wrappedValue: [Element] {
    get {
      switch storage {
      case .list(let list): list.elements
      case .own(let elements, _): elements
      }
    }
    set {
      switch storage {
      case .list: set(.list(ModuleList(newValue)))
      case .own(_, let names):
        precondition(
          newValue.count == names.count, "\(newValue.count) modules for the names \(names)")
        set(.own(newValue, names: names))
      }
    }
  }

  private func set(_ newStorage: Storage) {
    storage = newStorage
    parent?.listChildren()
  }
}

extension Children: ChildCell {
  var children: [NamedChild] {
    switch storage {
    case .list(let list):
      listName.map { [($0, list)] } ?? []
    case .own(let elements, let names):
      zip(names, elements).compactMap { name, element in
        Module.inCell(element, name).map { (name, $0) }
      }
    }
  }

  func attach(to parent: Module, key: String) {
    self.parent = parent
    listName = listName ?? key
  }

  func replace(_ name: String, with module: Module) throws(ModuleError) {
    switch storage {
    case .list:
      guard let list = module as? ModuleList<Element> else {
        throw .wrongType(name, of: parent, holds: ModuleList<Element>.self, found: module)
      }
      set(.list(list))
    case .own(var elements, let names):
      guard let element = module as? Element else {
        throw .wrongType(name, of: parent, holds: Element.self, found: module)
      }
      for index in names.indices where names[index] == name { elements[index] = element }
      set(.own(elements, names: names))
    }
  }

  func remove(_ name: String) {
    guard case .own(var elements, var names) = storage, let index = names.firstIndex(of: name)
    else { preconditionFailure("the list '\(name)' cannot be left out") }
    elements.remove(at: index)
    names.remove(at: index)
    set(.own(elements, names: names))
  }
}
