/// Named layers, as PyTorch's `ModuleDict`; the owner decides which of them are called.
public final class ModuleDictionary: Module {
  /// The layers in the order they were given, parallel to ``names``.
  public private(set) var layers: [any Layer]
  public private(set) var names: [String]

  public init(_ entries: [(name: String, layer: any Layer)]) {
    layers = entries.map(\.layer)
    names = entries.map(\.name)
    super.init()
    for entry in entries { register(entry.name, entry.layer) }
  }

  public override func replaceChild(_ name: String, with module: Module) {
    guard let layer = module as? any Layer, let index = names.firstIndex(of: name) else {
      preconditionFailure("cannot put a \(type(of: module)) in the place of '\(name)'")
    }
    super.replaceChild(name, with: module)
    layers[index] = layer
  }

  public override func removeChild(_ name: String) {
    super.removeChild(name)
    guard let index = names.firstIndex(of: name) else { return }
    names.remove(at: index)
    layers.remove(at: index)
  }
}
