/// A module that cannot take the place it is meant for.
public enum ModuleError: Error, Equatable, Sendable {
  /// The property that holds `child` has another type than the module that was found for it.
  case wrongType(child: String, parent: String, holds: String, found: String)

  static func wrongType(
    _ child: String, of parent: Module?, holds: Any.Type, found: Module
  ) -> ModuleError {
    .wrongType(
      child: child, parent: parent.map { "\(type(of: $0))" } ?? "module", holds: "\(holds)",
      found: "\(type(of: found))")
  }
}

extension ModuleError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongType(let child, let parent, let holds, let found):
      "a \(found) cannot take the place of '\(child)' in a \(parent), which holds a \(holds)"
    }
  }
}
