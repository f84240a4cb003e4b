/// Named layers, as PyTorch's `ModuleDict`; the owner decides which of them are called.
public final class ModuleDictionary: Module {
  /// The layers in the order they were given, parallel to ``names``.
  @Children public private(set) var layers: [any Layer]

  public init(_ entries: [(name: String, layer: any Layer)]) {
    _layers = Children(entries.map(\.layer)) { entries[$0].name }
    super.init()
  }

  public var names: [String] { children.map(\.name) }
}
