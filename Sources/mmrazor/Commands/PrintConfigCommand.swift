internal import ArgumentParser
internal import Configs

struct PrintConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "print-config", abstract: "Print the whole config.")

  @OptionGroup var options: ConfigOptions

  @Option(
    name: .customLong("options"), parsing: .upToNextOption,
    help: ArgumentHelp("deprecated, use --cfg-options", valueName: "key=value"))
  var deprecatedOptions: [String] = []

  func validate() throws {
    if !deprecatedOptions.isEmpty && !options.overrides.isEmpty {
      throw ValidationError(
        "--options and --cfg-options cannot be both specified, --options is deprecated in favor "
          + "of --cfg-options")
    }
  }

  func run() throws {
    var options = options
    if !deprecatedOptions.isEmpty {
      Message.warn("--options is deprecated in favor of --cfg-options")
      options.overrides = deprecatedOptions
    }
    print("Config:\n\(PythonPrinter.print(try options.load().config))")
  }
}
