public import Tensors

/// A part of a network: named parameters, buffers and children, in declaration order.
///
/// Names are PyTorch's, so that the keys of a state dict fall out of the structure: a subclass
/// stores its children in properties of their own type and registers each under its upstream
/// name, in upstream's order, right after `super.init()`:
///
///     conv = Conv2d(…)
///     super.init()
///     register("conv", conv)
///
/// A subclass whose children may be replaced from outside (a placeholder by a choice block)
/// overrides ``replaceChild(_:with:)`` to keep its own property in step.
open class Module {
  public private(set) var children: [(name: String, module: Module)] = []
  public private(set) var parameters: [(name: String, parameter: Parameter)] = []
  public private(set) var buffers: [(name: String, buffer: Buffer)] = []

  /// Whether the module computes as in training (batch statistics, dropout).
  public private(set) var isTraining = true

  /// Gets what the module computes while it is set, each time it does.
  public final var onOutput: ((Tensor) -> Void)?

  /// What the module gives without computing while it is set: what it gave in an earlier pass, for
  /// whoever knows that it would come to the same again.
  public final var recalled: Tensor?

  public init() {}

  public final func register(_ name: String, _ child: Module) {
    precondition(
      !children.contains { $0.name == name }, "the child '\(name)' is registered already")
    children.append((name, child))
  }

  public final func register(_ name: String, _ parameter: Parameter) {
    parameters.append((name, parameter))
  }

  public final func register(_ name: String, _ buffer: Buffer) {
    buffers.append((name, buffer))
  }

  /// Puts `module` in the place of the child `name`, in the same position.
  open func replaceChild(_ name: String, with module: Module) {
    guard let index = children.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("there is no child '\(name)' to replace")
    }
    children[index].module = module
  }

  /// Takes the child `name` out.
  open func removeChild(_ name: String) {
    children.removeAll { $0.name == name }
  }

  /// The children that a call runs: a module that chooses among them has fewer than all.
  open var calledChildren: [Module] { children.map(\.module) }

  /// The class names that upstream's `init_cfg` knows the module by: its own, then its bases'.
  open var typeNames: [String] { [] }

  /// Gives the parameters their starting values. A plain module keeps those it was made with and
  /// does not descend; see ``BaseModule``.
  open func initializeWeights(in context: LayerContext) throws {}

  /// Switches between training and evaluation, children included. Subclasses that keep a part
  /// frozen (`norm_eval`, `frozen_stages`) override this, call `super`, and set that part back.
  open func setTraining(_ training: Bool) {
    isTraining = training
    for child in children { child.module.setTraining(training) }
  }
}

// MARK: - Evaluation for a while

extension Module {
  /// Runs `body` with everything in evaluation mode, and then puts each part back into the mode it
  /// was in, also where that differs from its parent's.
  public func evaluating<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let modes = namedModules().map { (module: $0.module, wasTraining: $0.module.isTraining) }
    setTraining(false)
    defer { for entry in modes { entry.module.isTraining = entry.wasTraining } }
    return try body()
  }
}

// MARK: - Walking

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

/// What one key of a state dict stands for.
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
