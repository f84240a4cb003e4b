internal import ArgumentParser
internal import Configs
internal import Foundation
internal import PythonConfigs

struct PrintConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "print-config", abstract: "Print the whole config.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case python, json, yaml
  }

  @OptionGroup var options: ConfigOptions

  @Option(help: "notation of the printed config")
  var format = Format.python

  @Flag(help: "load every config of a folder and report per file instead of printing")
  var check = false

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
    if check && !(deprecatedOptions + options.overrides).isEmpty {
      throw ValidationError("--check loads configs as they are, without --cfg-options")
    }
  }

  func run() throws {
    if check {
      try checkFolder()
      return
    }
    var options = options
    if !deprecatedOptions.isEmpty {
      Message.warn("--options is deprecated in favor of --cfg-options")
      options.overrides = deprecatedOptions
    }
    let config = try options.load().config
    switch format {
    case .python: print("Config:\n\(PythonPrinter.print(config))")
    case .json: print(JSONPrinter.print(config), terminator: "")
    case .yaml: print(YAMLPrinter.print(config), terminator: "")
    }
  }

  private func checkFolder() throws {
    var failures = 0
    let folder = try ConfigFolder(options.config)
    let start = ContinuousClock.now
    folder.check { outcome in
      switch outcome.result {
      case .success(let loaded):
        print("ok      \(outcome.file)")
        for warning in loaded.warnings { print("        \(warning)") }
      case .failure(let error):
        failures += 1
        print("failed  \(error)")
      }
    }
    let each = (ContinuousClock.now - start) / .milliseconds(max(folder.files.count, 1))
    print(
      "\(folder.files.count) configs, \(failures) failed, "
        + String(format: "%.2f ms each", each))
    if failures > 0 { throw ExitCode.failure }
  }
}
