internal import ArgumentParser
internal import Checkpoints
internal import Configs
internal import Foundation
internal import Pruning
internal import RemoteFiles
internal import Training

/// Upstream's `split_checkpoint.py`.
struct SplitCheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split-checkpoint",
    abstract: "Split the checkpoint of subnets that were trained together.",
    discussion: """
      Writes a checkpoint for each subnet, cut down to its channels: checkpoint_1.pth, \
      checkpoint_2.pth, … in the order of --channel-cfgs. Each is tested with the same config and \
      --cfg-options algorithm.channel_cfg=FILE, and fits the network that such a run trains.
      """)

  @OptionGroup var options: ConfigOptions

  @Argument(help: "checkpoint path", completion: .file(extensions: ["pth"]))
  var checkpoint: String

  @Option(
    name: .customLong("channel-cfgs"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "the path of the channel configs, in the order of training", valueName: "channel-cfg"))
  var channelConfigs: [String] = []

  @Option(
    name: .customLong("output-dir"), help: "folder for the checkpoints; default: the current one",
    completion: .directory)
  var outputFolder = ""

  func validate() throws {
    guard !channelConfigs.isEmpty else {
      throw ValidationError("--channel-cfgs: the channel configs of the subnets are needed")
    }
  }

  func run() throws {
    let loaded = try options.load()
    let file = try WeightFiles.path(ofArgument: checkpoint)
    let configs = try channelConfigs.map { location in
      try ChannelConfig(contentsOf: FileCache().file(at: location).path)
    }
    let logger = try RunLog(name: "mmrazor").logger
    let parts = try inConfig(options.config) {
      let task = try VisionTask.of(loaded.config, launcher: nil)
      return try CheckpointSplitter(
        loaded.config, file: file, components: .builtIn(), scope: task.scope, logger: logger
      ).split(configs)
    }
    let folder = URL(fileURLWithPath: (outputFolder as NSString).expandingTildeInPath)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError.unwritable(file: folder.path, reason: error.localizedDescription)
    }
    for (index, part) in parts.enumerated() {
      try part.write(to: folder.appendingPathComponent("checkpoint_\(index + 1).pth").path)
    }
    print(
      "Successfully split the original checkpoint `\(checkpoint)` to \(parts.count) "
        + "different checkpoints.")
  }
}
