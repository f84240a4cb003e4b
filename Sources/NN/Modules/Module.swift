public import Tensors

/// A part of a network: named parameters, buffers and children, in declaration order.
///
/// Names are PyTorch's, so that the keys of a state dict fall out of the structure. A subclass
/// declares each child as a cell, in upstream's order:
///
///     @Child private var conv1: Conv2d
///     @Child private var downsample: (any Layer)?
///     @Children private var layers: [any Layer]
///
/// The property that computes and the registered child are one, so replacing one replaces both.
open class Module {
  /// The modules that the cells hold, in declaration order; those of a base class come first.
  public final private(set) var children: [NamedChild] = []
  public private(set) var parameters: [(name: String, parameter: Parameter)] = []
  public private(set) var buffers: [(name: String, buffer: Buffer)] = []

  /// Whether the module computes as in training (batch statistics, dropout).
  public private(set) var isTraining = true

  /// The observers and the cache of the module's calls; `nil` while it has neither.
  final var interception: Interception?

  private var cells: [any ChildCell] = []

  /// Finds the children of the subclass, whose properties have their values by now.
  public init() {
    cells = attachCells()
    listChildren()
  }

  public final func register(_ name: String, _ parameter: Parameter) {
    parameters.append((name, parameter))
  }

  public final func register(_ name: String, _ buffer: Buffer) {
    buffers.append((name, buffer))
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

// MARK: - Children

/// A child module and the name under which its parent has it.
public typealias NamedChild = (name: String, module: Module)

extension Module {
  /// Puts `module` in the place of the child `name`, which must exist.
  ///
  /// - Throws: ``ModuleError/wrongType(child:parent:holds:found:)`` where the property that holds
  ///   the child is of a type that `module` has not.
  public final func replaceChild(_ name: String, with module: Module) throws(ModuleError) {
    try cell(of: name).replace(name, with: module)
  }

  /// Takes the child `name` out, which must be optional or one of a list.
  public final func removeChild(_ name: String) {
    cell(of: name).remove(name)
  }

  private func cell(of name: String) -> any ChildCell {
    guard let cell = cells.first(where: { $0.children.contains { $0.name == name } }) else {
      preconditionFailure("a \(type(of: self)) has no child '\(name)' in \(children.map(\.name))")
    }
    return cell
  }

  /// Brings ``children`` up to date with the cells.
  final func listChildren() {
    children = cells.flatMap(\.children)
    for (index, child) in children.enumerated() {
      precondition(
        !children[..<index].contains { $0.name == child.name },
        "a \(type(of: self)) has two children '\(child.name)'")
    }
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
