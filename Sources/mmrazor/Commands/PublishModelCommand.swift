internal import ArgumentParser
internal import Checkpoints
internal import Configs
internal import Foundation
internal import OrderedCollections
internal import Training

/// Upstream's `publish_model.py`.
struct PublishModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish-model",
    abstract: "Process a checkpoint to be published.",
    discussion: """
      Leaves the optimizer out, writes the layout that every PyTorch reads, and puts the day and \
      the first digits of the file's SHA-256 into its name: OUT_20220722-1a2b3c4d.pth. The files \
      of choices are written beside it.
      """)

  @Argument(help: "input checkpoint filename", completion: .file(extensions: ["pth"]))
  var input: String

  @Argument(help: "output checkpoint filename", completion: .file(extensions: ["pth"]))
  var output: String

  @Option(name: .customLong("mutable-cfg"), help: "input mutable cfg filename")
  var mutableConfig: String?

  @Option(
    name: .customLong("channel-cfg"), parsing: .upToNextOption,
    help: ArgumentHelp("input channel cfg filenames", valueName: "channel-cfg"))
  var channelConfigs: [String] = []

  func run() throws {
    let path = try WeightFiles.path(ofArgument: input)
    let output = (output as NSString).expandingTildeInPath
    let folder = URL(fileURLWithPath: output).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw CommandError.missingFolder(path: folder) }
    // Read first, so that a mistake leaves nothing half done.
    let choices = try companions()

    guard case .dict(var content) = try SavedFile.read(path).value else {
      throw CheckpointError(path: path, problem: .noStateDict(entries: []))
    }
    content["optimizer"] = nil
    content.removeTeacher()
    var plain = PickleValue.dict(content)
    Message.warn(leftOut: plain.removeClosedObjects())
    let stem = output.hasSuffix(".pth") ? String(output.dropLast(4)) : output
    let day = LocalTime.now.fileText.prefix(8)
    let published = try AtomicFile.write(in: folder) { temporary in
      try TorchObject.write(plain, to: temporary, layout: .legacy)
    } named: { temporary in
      let digest = try FileDigest.sha256(ofFile: temporary)
      return "\(stem)_\(day)-\(digest.prefix(8)).pth"
    }
    print("Successfully generated the publish-ckpt as \(published).")
    for choice in choices {
      let file = "\(published.dropLast(4))_\(choice.ending).yaml"
      try choice.content.write(to: file)
      print("Successfully generated the publish-\(choice.title) as \(file).")
    }
  }

  private struct Companion {
    let title: String
    let ending: String
    let content: Config
  }

  /// The files of choices, as YAML with sorted keys, which is how mmcv dumps them.
  private func companions() throws -> [Companion] {
    func read(_ location: String, _ title: String, _ ending: String) throws -> Companion {
      let path = try WeightFiles.path(ofArgument: location)
      let text: String
      do {
        text = try String(contentsOfFile: path, encoding: .utf8)
      } catch {
        throw CommandError.unreadable(file: path, reason: "it is no UTF-8 text")
      }
      return Companion(
        title: title, ending: ending,
        content: try YAMLParser.parse(text, file: path).withSortedKeys)
    }
    var result: [Companion] = []
    if let mutableConfig {
      result.append(try read(mutableConfig, "mutable-cfg", "mutable_cfg"))
    }
    for (index, file) in channelConfigs.enumerated() {
      // Upstream knows only one.
      let number = channelConfigs.count > 1 ? "_\(index + 1)" : ""
      result.append(try read(file, "channel-cfg", "channel_cfg\(number)"))
    }
    return result
  }
}

extension PickleDictionary {
  /// Leaves out the state of a distiller: a published network is the student.
  fileprivate mutating func removeTeacher() {
    guard case .dict(var state)? = self["state_dict"] else { return }
    state.items.removeAll { key, _ in
      guard case .string(let name) = key else { return false }
      return name.hasPrefix("distiller.") || name.hasPrefix("module.distiller.")
    }
    self["state_dict"] = .dict(state)
  }
}

extension Config {
  /// The same values with the keys of every dictionary in order.
  fileprivate var withSortedKeys: Config {
    switch self {
    case .dict(let entries):
      var sorted = entries.mapValues(\.withSortedKeys)
      sorted.sort { $0.key.text < $1.key.text }
      return .dict(sorted)
    case .list(let items):
      return .list(items.map(\.withSortedKeys))
    default:
      return self
    }
  }
}
