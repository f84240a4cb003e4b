/// A mistake in the values of a config, with its place in the tree.
public enum ConfigError: Error, Equatable, Sendable {
  case missingKey(path: ConfigPath, key: String)
  case wrongType(path: ConfigPath, expected: String, found: String)
  case invalidValue(path: ConfigPath, message: String)
  case unknownKey(path: ConfigPath, key: String, nearest: String?)
  case unknownType(path: ConfigPath, kind: String, name: String, nearest: String?)
  /// A name that is not seen where it is used; `elsewhere` is how it would be.
  case typeOutOfScope(path: ConfigPath, kind: String, name: String, elsewhere: [String])
  /// A name of the original library that this program does not have in the scope.
  case unavailableType(path: ConfigPath, kind: String, name: String, elsewhere: [String])
}

extension ConfigError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingKey(let path, let key):
      return "\(path.appending(key)): this key is required"
    case .wrongType(let path, let expected, let found):
      return "\(path): expected \(expected), found \(found)"
    case .invalidValue(let path, let message):
      return "\(path): \(message)"
    case .unknownKey(let path, let key, let nearest):
      return "\(path.appending(key)): unknown key" + Self.suggestion(nearest)
    case .unknownType(let path, let kind, let name, let nearest):
      return "\(path): there is no \(kind) named '\(name)'" + Self.suggestion(nearest)
    case .typeOutOfScope(let path, let kind, let name, let elsewhere):
      return "\(path): there is no \(kind) named '\(name)' here" + Self.places(elsewhere)
    case .unavailableType(let path, let kind, let name, let elsewhere):
      return "\(path): there is no \(kind) named '\(name)' available here"
        + Self.places(elsewhere)
    }
  }

  /// `; it exists in mmcls: write 'mmcls.ResNet'`
  private static func places(_ names: [String]) -> String {
    guard !names.isEmpty else { return "" }
    let scopes = names.map { $0.prefix { $0 != "." } }.joined(separator: " and ")
    let written = names.map { "'\($0)'" }.joined(separator: " or ")
    return "; it exists in \(scopes): write \(written)"
  }

  private static func suggestion(_ nearest: String?) -> String {
    nearest.map { "; did you mean '\($0)'?" } ?? ""
  }
}
