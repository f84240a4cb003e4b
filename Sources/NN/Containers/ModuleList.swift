/// Modules in a list, named `0`, `1`, … as in PyTorch; the owner decides how they are called.
open class ModuleList<Element>: Module {
  @Children public private(set) var elements: [Element]

  /// - Parameter elements: each must be a ``Module``.
  public init(_ elements: [Element]) {
    _elements = Children(elements) { String($0) }
    super.init()
  }
}
