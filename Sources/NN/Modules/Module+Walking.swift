public import Tensors

extension Module {
  /// Calls `body` with this module and every one below it, parents before children.
  public func forEachModule(_ body: (Module) throws -> Void) rethrows {
    try body(self)
    for child in children { try child.module.forEachModule(body) }
  }

  /// Every module below and including this one with its dotted path, parents before children.
  public func namedModules(prefix: String = "") -> [(path: String, module: Module)] {
    var result = [(path: prefix, module: self)]
    for child in children {
      let path = prefix.isEmpty ? child.name : "\(prefix).\(child.name)"
      result += child.module.namedModules(prefix: path)
    }
    return result
  }

  /// Every parameter with its dotted name, in PyTorch's order: a module's own before its
  /// children's. A parameter that is shared appears once, under its first name.
  public func namedParameters(prefix: String = "") -> [(name: String, parameter: Parameter)] {
    var seen: Set<ObjectIdentifier> = []
    return namedModules(prefix: prefix).flatMap { path, module in
      module.parameters.compactMap { name, parameter in
        seen.insert(ObjectIdentifier(parameter)).inserted
          ? (path.isEmpty ? name : "\(path).\(name)", parameter) : nil
      }
    }
  }

  /// The entries of PyTorch's `state_dict()`, in its order: for each module its parameters, then
  /// its buffers, then its children's.
  public func stateEntries(prefix: String = "") -> [(name: String, entry: StateEntry)] {
    namedModules(prefix: prefix).flatMap { path, module in
      let lead = path.isEmpty ? "" : path + "."
      return module.parameters.map { (lead + $0.name, StateEntry.parameter($0.parameter)) }
        + module.buffers.map { (lead + $0.name, StateEntry.buffer($0.buffer)) }
    }
  }
}

/// A parameter or buffer under its key of a state dict.
public enum StateEntry {
  case parameter(Parameter)
  case buffer(Buffer)

  public var value: Tensor {
    switch self {
    case .parameter(let parameter): parameter.value
    case .buffer(let buffer): buffer.value
    }
  }
}
