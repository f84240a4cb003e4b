/// The kinds of config file, by the end of the name.
enum ConfigFormat {
  case python
  case json
  case yaml

  init(_ path: ConfigFilePath) throws(ConfigFileError) {
    switch path.stemAndExtension.suffix {
    case ".py": self = .python
    case ".json": self = .json
    case ".yaml", ".yml": self = .yaml
    default: throw .unsupportedType(file: path.text)
    }
  }
}
