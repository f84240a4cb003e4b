/// What can be wrong with the values of a config, each with the place in the tree.
public enum ConfigError: Error, Equatable, Sendable {
  case missingKey(path: ConfigPath, key: String)
  case wrongType(path: ConfigPath, expected: String, found: String)
  case invalidValue(path: ConfigPath, message: String)
  case unknownKey(path: ConfigPath, key: String, nearest: String?)
  case unknownType(path: ConfigPath, kind: String, name: String, nearest: String?)
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
    }
  }

  private static func suggestion(_ nearest: String?) -> String {
    nearest.map { "; did you mean '\($0)'?" } ?? ""
  }
}
