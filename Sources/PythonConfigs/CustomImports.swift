import Configs
import OrderedCollections

/// The modules that a config asks to be imported so that their components get registered.
struct CustomImports {
  /// Upstream packages whose components are built in; importing their modules has nothing to do.
  private static let builtIn: Set<String> = ["mmrazor", "mmcls", "mmdet", "mmseg", "mmcv"]

  private let modules: [String]
  private let allowsFailure: Bool
  private let file: String

  /// Reads the `custom_imports` of a config; `nil` when there are none.
  init?(_ loaded: LoadedConfig) throws(ConfigFileError) {
    guard let node = loaded.config["custom_imports"], node != .none else { return nil }
    file = loaded.filename
    guard let entries = node.dictionary else {
      throw .invalidCustomImports(file: file, reason: "expected dict, found \(node.kindName)")
    }
    let known: Set<Config.Key> = ["imports", "allow_failed_imports"]
    if let key = entries.keys.first(where: { !known.contains($0) }) {
      throw .invalidCustomImports(file: file, reason: "unknown key '\(key.text)'")
    }
    switch node["imports"] {
    case .string(let name)?: modules = [name]
    case .list(let items)?:
      var names: [String] = []
      for item in items {
        guard let name = item.text else {
          throw .invalidCustomImports(
            file: file, reason: "imports must be strings, found \(item.kindName)")
        }
        names.append(name)
      }
      modules = names
    case let other:
      throw .invalidCustomImports(
        file: file,
        reason: "imports must be a string or a list of strings, found "
          + (other?.kindName ?? "nothing"))
    }
    switch node["allow_failed_imports"] {
    case nil: allowsFailure = false
    case .bool(let flag)?: allowsFailure = flag
    case let other?:
      throw .invalidCustomImports(
        file: file, reason: "allow_failed_imports must be a bool, found \(other.kindName)")
    }
  }

  /// Imports the modules; returns what failed and may fail.
  func run() throws(ConfigFileError) -> [ConfigWarning] {
    var warnings: [ConfigWarning] = []
    for module in modules where !Self.isBuiltIn(module) {
      let (word, values) = try PythonInterpreter.shared.run { python throws(ConfigFileError) in
        try python.call("import_module", [.string(module)], file: file)
      }
      guard word != "ok" else { continue }
      let message = values.last?.text ?? ""
      guard allowsFailure else {
        throw .failedImport(
          file: file, module: module, message: message,
          searchPath: values.first?.items?.compactMap(\.text) ?? [])
      }
      warnings.append(.ignoredImport(file: file, module: module, message: message))
    }
    return warnings
  }

  private static func isBuiltIn(_ module: String) -> Bool {
    builtIn.contains(String(module.prefix { $0 != "." }))
  }
}
