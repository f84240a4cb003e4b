/// A config with all its bases merged in.
public struct LoadedConfig: Sendable, Equatable {
  /// The merged values: always a dictionary.
  public var config: Config
  /// The absolute path of the file.
  public var filename: String
  /// The path and text of each base and then of the file itself, as mmcv records it in
  /// checkpoints.
  public var text: String
  /// What a user should be told although the config could be read.
  public var warnings: [ConfigWarning]

  public init(config: Config, filename: String, text: String, warnings: [ConfigWarning] = []) {
    self.config = config
    self.filename = filename
    self.text = text
    self.warnings = warnings
  }
}

/// What a user should be told about a config that could be read.
public enum ConfigWarning: Sendable, Equatable {
  /// The file says in `_deprecation_` that it will go away.
  case deprecated(file: String, successor: String?, reference: String?)
  /// A module of `custom_imports` cannot be imported, and the config allows that.
  case ignoredImport(file: String, module: String, message: String)
}

extension ConfigWarning: CustomStringConvertible {
  public var description: String {
    switch self {
    case .deprecated(let file, let successor, let reference):
      return "The config file \(file) will be deprecated in the future."
        + (successor.map { " Please use \($0) instead." } ?? "")
        + (reference.map { " More information can be found at \($0)" } ?? "")
    case .ignoredImport(let file, let module, let message):
      return "\(file): \(module) failed to import and is ignored: \(message)"
    }
  }
}
