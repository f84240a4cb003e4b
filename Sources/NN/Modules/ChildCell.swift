internal import Synchronization

/// A property of a module that holds children: a ``Child`` or ``Children``.
///
/// The module that has the property is its parent; it asks the cell for its children whenever they
/// change.
protocol ChildCell: AnyObject {
  /// The children in order, each under the name that the parent has it by.
  var children: [NamedChild] { get }

  /// Makes `parent` the one to tell of changes.
  ///
  /// - Parameter key: the name of the property in snake case.
  func attach(to parent: Module, key: String)

  func replace(_ name: String, with module: Module) throws(ModuleError)

  func remove(_ name: String)
}

/// The classes of which is known that no property is a cell.
private let typesWithoutCells = Mutex<Set<ObjectIdentifier>>([])

extension Module {
  /// Finds the cells among the stored properties, those of base classes first, and attaches them.
  final func attachCells() -> [any ChildCell] {
    let type = ObjectIdentifier(type(of: self))
    // Most modules are plain layers; looking at their properties would be most of the work.
    if typesWithoutCells.withLock({ $0.contains(type) }) { return [] }
    var levels: [[any ChildCell]] = []
    var mirror: Mirror? = Mirror(reflecting: self)
    while let level = mirror, level.subjectType != Module.self {
      levels.append(
        level.children.compactMap { label, value in
          // A wrapped property stands under its name with an underscore.
          guard let label, label.first == "_", let cell = value as? any ChildCell else {
            return nil
          }
          cell.attach(to: self, key: label.stateKey)
          return cell
        })
      mirror = level.superclassMirror
    }
    let cells = levels.reversed().flatMap(\.self)
    if cells.isEmpty { _ = typesWithoutCells.withLock { $0.insert(type) } }
    return cells
  }

  /// The module that a cell's value is, in or out of an optional; `nil` for an optional without one.
  static func inCell(_ value: some Any, _ key: String) -> Module? {
    if let module = value as? Module { return module }
    guard type(of: value) is any AnyOptional.Type else {
      preconditionFailure("the child '\(key)' is a \(type(of: value)), which is no module")
    }
    return nil
  }
}

extension String {
  /// The key that a wrapped property stands for: `_dropPath` holds `drop_path`.
  fileprivate var stateKey: String {
    var key = ""
    for character in drop(while: { $0 == "_" }) {
      if character.isUppercase { key += "_" }
      key += character.lowercased()
    }
    return key
  }
}

/// An optional of any type.
protocol AnyOptional {
  static var none: Self { get }
}

extension Optional: AnyOptional {}
