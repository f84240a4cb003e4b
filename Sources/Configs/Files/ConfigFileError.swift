/// What can be wrong with config files, their inheritance and the overrides given for them.
public enum ConfigFileError: Error, Equatable, Sendable {
  case notFound(file: String, includedFrom: String?)
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  /// The file name ends in something other than `.py`, `.json`, `.yaml` or `.yml`.
  case unsupportedType(file: String)
  /// The text is not valid Python, JSON or YAML. Lines and columns count from 1.
  case syntax(file: String, line: Int?, column: Int?, message: String, excerpt: String?)
  /// A Python config raised an exception; `line` is the config's own line.
  case evaluation(file: String, line: Int?, message: String, excerpt: String?)
  /// The embedded interpreter cannot be used.
  case interpreter(reason: String)
  /// The file holds something other than a dictionary at its top level.
  case notDictionary(file: String, found: String)
  /// A value that refers to itself, or is nested too deeply or too large to be a config.
  case notTree(file: String, path: ConfigPath, reason: String)
  /// `_base_` is neither a string nor a list of strings.
  case invalidBase(file: String, found: String)
  /// Each file includes the next; the last one is also the first.
  case baseCycle(files: [String])
  /// Two bases of `file` both define `keys`.
  case duplicateKeys(file: String, keys: [String], first: String, second: String)
  /// A dictionary of `file` meets a base's value that is none.
  case conflictingKinds(file: String, path: ConfigPath, base: String, found: String)
  /// `{{ _base_.name }}` names a value that no base has.
  case missingBaseValue(file: String, name: String)
  /// `{{ $name: }}` names an environment variable that is not set and has no default.
  case missingVariable(file: String, name: String)
  /// A top-level key has a name that config objects use themselves.
  case reservedKey(file: String, key: String)
  case invalidCustomImports(file: String, reason: String)
  case failedImport(file: String, module: String, message: String, searchPath: [String])
  case invalidOverride(argument: String, reason: String)
  /// An override leads to a place that the config does not have.
  case misplacedOverride(path: ConfigPath, reason: String)
}

extension ConfigFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFound(let file, let includer):
      return "\(file): there is no such file" + (includer.map { " (it is a base of \($0))" } ?? "")
    case .unreadable(let file, let reason):
      return "\(file): cannot be read: \(reason)"
    case .unwritable(let file, let reason):
      return "\(file): cannot be written: \(reason)"
    case .unsupportedType(let file):
      return "\(file): only py, yml, yaml and json files can be configs"
    case .syntax(let file, let line, let column, let message, let excerpt):
      return Self.place(file, line, column) + ": syntax error: \(message)"
        + Self.quotation(excerpt, column: column)
    case .evaluation(let file, let line, let message, let excerpt):
      return Self.place(file, line, nil) + ": \(message)" + Self.quotation(excerpt, column: nil)
    case .interpreter(let reason):
      return "the Python interpreter that evaluates configs cannot be used: \(reason)"
    case .notDictionary(let file, let found):
      return "\(file): a config must be a dictionary, found \(found)"
    case .notTree(let file, let path, let reason):
      return "\(file): \(path): \(reason)"
    case .invalidBase(let file, let found):
      return "\(file): _base_ must be a string or a list of strings, found \(found)"
    case .baseCycle(let files):
      return "\(files.first ?? ""): the config is its own base:\n  "
        + files.joined(separator: "\n  includes ")
    case .duplicateKeys(let file, let keys, let first, let second):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      return "\(file): duplicate key is not allowed among bases: \(names) "
        + "is defined in both \(first) and \(second)"
    case .conflictingKinds(let file, let path, let base, let found):
      return "\(file): \(path) is a dict here but of type \(found) in its base \(base); "
        + "set _delete_=True in the dict to ignore the base's value"
    case .missingBaseValue(let file, let name):
      return "\(file): {{ _base_.\(name) }}: no base has the value '\(name)'"
    case .missingVariable(let file, let name):
      return "\(file): the environment variable '\(name)' is not set and has no default"
    case .reservedKey(let file, let key):
      return "\(file): \(key) is reserved for config files and cannot be a top-level key"
    case .invalidCustomImports(let file, let reason):
      return "\(file): custom_imports: \(reason)"
    case .failedImport(let file, let module, let message, let searchPath):
      return "\(file): custom_imports: cannot import '\(module)': \(message)\n  searched in "
        + searchPath.joined(separator: ", ")
    case .invalidOverride(let argument, let reason):
      return "--cfg-options \(argument): \(reason)"
    case .misplacedOverride(let path, let reason):
      return "--cfg-options \(path): \(reason)"
    }
  }

  private static func place(_ file: String, _ line: Int?, _ column: Int?) -> String {
    ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
  }

  /// The line of the file, with a caret under `column`, on lines of their own.
  private static func quotation(_ excerpt: String?, column: Int?) -> String {
    guard let excerpt, !excerpt.isEmpty else { return "" }
    guard let column, column >= 1, column <= excerpt.unicodeScalars.count + 1 else {
      return "\n  \(excerpt)"
    }
    let margin = excerpt.unicodeScalars.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }
    return "\n  \(excerpt)\n  \(margin.joined())^"
  }
}
