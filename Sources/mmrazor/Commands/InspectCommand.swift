internal import Algorithms
internal import ArgumentParser
internal import Checkpoints
internal import Configs
internal import Foundation
internal import PythonConfigs
internal import Tensors

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a checkpoint, a search state or the model of a config holds.",
    discussion: """
      Of a checkpoint or a search state, its values; its checksums are checked, and a damaged file \
      is an error. Nothing in the file is executed: objects of classes that are not plain data are \
      shown by name, and with --all by what they hold. Of a config, the keys, shapes and types of \
      its model's state dict.
      """)

  @Argument(
    help: "a .pth, .pkl, .safetensors or config file",
    completion: .file(
      extensions: ["pth", "pkl", "safetensors", "py", "json", "yaml", "yml"]))
  var file: String

  @Flag(help: "show every entry of lists, and texts in full")
  var all = false

  @Flag(help: "of a config: print a JSON list of [key, shape, dtype]")
  var json = false

  @Option(
    name: .customLong("cfg-options"), parsing: .upToNextOption,
    help: ArgumentHelp("override settings of the config", valueName: "key=value"))
  var overrides: [String] = []

  private var isConfig: Bool {
    ["py", "json", "yaml", "yml"].contains((file as NSString).pathExtension)
  }

  func validate() throws {
    guard isConfig || (!json && overrides.isEmpty) else {
      throw ValidationError("--json and --cfg-options are for configs, and this is a '\(file)'")
    }
  }

  func run() throws {
    guard !isConfig else { return try listState() }
    let saved = try SavedFile.read(WeightFiles.path(ofArgument: file))
    let outline = try FileOutline(saved.value, showsAll: all)
    let kind =
      switch saved.kind {
      case .archive: "PyTorch checkpoint, ZIP layout"
      case .legacy: "PyTorch checkpoint, legacy layout"
      case .tar: "PyTorch checkpoint, tar layout"
      case .safetensors: "safetensors"
      case .pickle: "pickle"
      }
    print("\(file): \(kind), \(FileOutline.size(saved.byteCount))")
    for line in outline.lines { print("  " + line) }
    print(
      "total: \(outline.tensorCount) tensors, \(outline.elementCount) elements, "
        + FileOutline.size(outline.byteCount))
  }

  /// Lists the state of the config's model.
  private func listState() throws {
    let loaded = try ConfigFile.load(file, overrides: overrides)
    for warning in loaded.warnings { Message.warn("\(warning)") }
    let algorithm = try inConfig(file) {
      let task = try VisionTask.of(loaded.config, launcher: nil)
      return try Components.builtIn().algorithm(
        of: loaded.config.withAlgorithm(for: task), task: task, device: CPU(),
        generator: Generator(seed: 0), drawsWeights: false)
    }
    // A bare model's names are its own.
    let listing =
      loaded.config["algorithm"] == nil
      ? StateListing(of: algorithm.architecture.model) : StateListing(of: algorithm)
    print(json ? listing.json : listing.text)
  }
}
