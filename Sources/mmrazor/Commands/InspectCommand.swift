internal import ArgumentParser
internal import Checkpoints

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a checkpoint or a search state holds, and check its checksums.",
    discussion: """
      Nothing in the file is executed: objects of classes that are not plain data are shown by \
      name, and with --all by what they hold. Exits with an error if the file is damaged.
      """)

  @Argument(
    help: "a .pth, .pkl or .safetensors file",
    completion: .file(extensions: ["pth", "pkl", "safetensors"]))
  var file: String

  @Flag(help: "show every entry of lists, and texts in full")
  var all = false

  func run() throws {
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
}
