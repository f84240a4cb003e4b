internal import ArgumentParser
internal import Configs
internal import PythonConfigs

/// A config file and the changes made to it on the command line.
struct ConfigOptions: ParsableArguments {
  @Argument(help: "config file path", completion: .file(extensions: ["py", "json", "yaml", "yml"]))
  var config: String

  @Option(
    name: .customLong("cfg-options"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "override settings of the config: key=value pairs; key.0.name=value reaches into lists, "
        + "key=\"[(a,b),(c,d)]\" gives nested values",
      valueName: "key=value"))
  var overrides: [String] = []

  /// Reads the file, with its bases and the changes.
  func load() throws -> LoadedConfig {
    let loaded = try ConfigFile.load(config, overrides: overrides)
    for warning in loaded.warnings { Message.warn("\(warning)") }
    return loaded
  }
}
