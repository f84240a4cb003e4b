/// Modules in a list, named `0`, `1`, … as in PyTorch; the owner decides how they are called.
open class ModuleList<Element>: Module {
  public private(set) var elements: [Element]

  /// - Parameter elements: each must be a ``Module``.
  public init(_ elements: [Element]) {
    self.elements = elements
    super.init()
    for (index, element) in elements.enumerated() {
      guard let module = element as? Module else {
        preconditionFailure("element \(index) of a ModuleList is a \(type(of: element))")
      }
      register(String(index), module)
    }
  }

  open override func replaceChild(_ name: String, with module: Module) {
    super.replaceChild(name, with: module)
    refresh()
  }

  open override func removeChild(_ name: String) {
    super.removeChild(name)
    refresh()
  }

  private func refresh() {
    elements = children.map { child in
      guard let element = child.module as? Element else {
        preconditionFailure(
          "'\(child.name)' of a ModuleList is a \(type(of: child.module)), not \(Element.self)")
      }
      return element
    }
  }
}
