import Foundation
import Testing

/// Greedy search, slimmable retraining, split and test, as a user runs them, on drawn pictures.
@Suite struct SlimSearchTests {
  private func run(_ arguments: [String]) throws -> Tool.Outcome {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome
  }

  private func expectError(
    _ arguments: [String], _ parts: String..., status: Int32 = 1,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    for part in parts {
      #expect(
        outcome.errors.contains(part), "\(part)\n\(outcome.errors)", sourceLocation: location)
    }
    for trace in ["Fatal error", "Precondition"] {
      #expect(!outcome.errors.contains(trace), sourceLocation: location)
    }
  }

  @Test func theSearchLogsAndLeavesWhatTheOriginalDoes() throws {
    let (folder, outcome) = try SlimSet.found.get()
    for line in [
      #/ - mmcls - INFO - Find model flops 1\d{8} <= 200000000\n/#,
      #/ - mmcls - INFO - Slimming group backbone\.conv2\.conv, accuracy_top-1: \d+\.\d+\n/#,
      #/ - mmcls - INFO - Greedy find model, score: \d+\.\d+, FLOPS: \d+\n/#,
      #/ - mmcls - INFO - Find model flops 9\d{7} <= 99000000\n/#,
      #/ - mmcls - INFO - Search models done\.\n/#,
    ] { #expect(outcome.errors.contains(line), "\(outcome.errors)") }
    #expect(outcome.errors.contains("INFO - Save searched results to \(folder.path)\n"))
    let channels = try SlimSet.channels()
    #expect(channels.count == 2)
    #expect(
      try String(contentsOfFile: channels[1], encoding: .utf8).hasPrefix(
        "backbone.conv1.bn:\n  out_channels: "))
    let state = try run(["inspect", "\(folder.path)/latest.pkl"]).output
    for part in ["result_subnet:", "result_flops: [", "  group_1: float32 [4]", "\n  flops: "] {
      #expect(state.contains(part), "\(state)")
    }

    // A finished search has nothing left to do.
    let again = try run(
      [
        "search", SlimSet.search, "\(try SlimSet.run.get().path)/latest.pth", "--work-dir",
        folder.appending(path: "again").path, "--resume-from", "\(folder.path)/latest.pkl",
      ] + SlimSet.searchOptions())
    #expect(again.errors.contains("Resume from subnet: {'"))
    #expect(!again.errors.contains("Slimming group"))
    for file in channels {
      let name = URL(filePath: file).lastPathComponent
      #expect(
        FileManager.default.contentsEqual(
          atPath: file, andPath: folder.appending(path: "again/\(name)").path))
    }
  }

  @Test func subnetsTrainedTogetherAreSplitAndTested() throws {
    let work = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: work) }
    let channels = try SlimSet.channels()
    let several = ["algorithm.channel_cfg=\(channels.joined(separator: ","))"]
    _ = try run(
      ["train", SlimSet.subnet, "--work-dir", work.path, "--seed", "0"]
        + SlimSet.options(several))
    let checkpoint = "\(work.path)/latest.pth"

    let parts = "\(work.path)/parts"
    let split = try run(
      ["split-checkpoint", SlimSet.subnet, checkpoint, "--channel-cfgs"] + channels
        + ["--output-dir", parts] + SlimSet.options())
    #expect(
      split.output
        == "Successfully split the original checkpoint `\(checkpoint)` to 2 different checkpoints.\n"
    )
    let files = (1...2).map { "\(parts)/checkpoint_\($0).pth" }
    let sizes = try files.map { file in
      try #require(FileManager.default.attributesOfItem(atPath: file)[.size] as? Int)
    }
    #expect(sizes[1] < sizes[0])
    let outline = try run(["inspect", files[1]]).output
    #expect(outline.contains("architecture.model.backbone.conv1.bn.weight: "))
    #expect(outline.contains("total: 314 tensors"))
    for absent in ["_mask", ".bns.", "optimizer", "epoch"] { #expect(!outline.contains(absent)) }

    for (file, config) in zip(files, channels) {
      let tested = try run(
        ["test", SlimSet.subnet, file, "--metrics", "accuracy"]
          + SlimSet.options(["algorithm.channel_cfg=\(config)"]))
      #expect(tested.output.contains(#/\naccuracy_top-1 : \d+\.\d\d\n/#))
    }

    let arguments = ["split-checkpoint", SlimSet.subnet, checkpoint, "--channel-cfgs"]
    try expectError(
      arguments + [channels[0]] + SlimSet.options(),
      "\(checkpoint): holds 2 subnets, but --channel-cfgs names 1")
    try expectError(
      arguments + [channels[0], SlimSet.otherChannels] + SlimSet.options(),
      "\(SlimSet.otherChannels): backbone.conv1.bn: made for a layer of 48 channels",
      "the network's is 16 channels")
    try expectError(
      arguments + [channels[0], "none.yaml"] + SlimSet.options(), "none.yaml")
    try expectError(
      arguments + channels + DemoSet.options(), checkpoint,
      "size mismatch for architecture.model.backbone.conv1.conv.weight: [16, 3, 3, 3]",
      "[48, 3, 3, 3]")
    try expectError(
      ["split-checkpoint", SlimSet.subnet, "none.pth", "--channel-cfgs"] + channels,
      "none.pth: there is no such checkpoint")
    try expectError(
      ["split-checkpoint", SlimSet.subnet, files[0], "--channel-cfgs"] + channels
        + SlimSet.options(), "is no checkpoint of subnets that were trained together")
    try expectError(
      ["split-checkpoint", DemoSet.subnet, checkpoint, "--channel-cfgs"] + channels,
      DemoSet.subnet, "algorithm", "pruner")
    try expectError(
      ["split-checkpoint", SlimSet.subnet, checkpoint], "--channel-cfgs", status: 2)
  }

  @Test func searchesThatCannotStart() throws {
    let checkpoint = "\(try SlimSet.run.get().path)/latest.pth"
    let work = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: work) }
    let arguments = ["search", SlimSet.search, checkpoint, "--work-dir", work.path]
    try expectError(
      arguments + SlimSet.searchOptions(["searcher.max_channel_bins=12"]), SlimSet.search,
      "searcher.max_channel_bins: the space 'backbone.layer1.0.conv.1.conv' has 8 channels")
    try expectError(
      arguments + SlimSet.searchOptions(["searcher.target_flops=1000"]),
      "\(SlimSet.search): searcher.target_flops: Cannot find any valid model",
      "with min_channel_bins=1 everywhere")
    try expectError(
      arguments + SlimSet.searchOptions(["searcher.max_channel_bin=4"]),
      "searcher.max_channel_bin: unknown key; did you mean 'max_channel_bins'?")
    try expectError(
      arguments + SlimSet.searchOptions(["algorithm.pruner=None"]), "algorithm", "pruner")
    try expectError(
      arguments
        + SlimSet.searchOptions([
          "algorithm.retraining=True", "algorithm.channel_cfg=\(try SlimSet.channels()[1])",
        ]), "algorithm.retraining: must be False")
    try expectError(
      arguments + ["--resume-from", "Tests/Fixtures/greedy/none.pkl"] + SlimSet.searchOptions(),
      "Tests/Fixtures/greedy/none.pkl")
    try expectError(
      [
        "search", DemoSet.search, "\(try DemoSet.run.get().path)/iter_2.pth", "--work-dir",
        work.path,
      ]
        + DemoSet.options([
          "searcher._delete_=True", "searcher.type=GreedySearcher", "searcher.target_flops=1000",
          "searcher.max_channel_bins=4",
        ]), "algorithm: the algorithm has no channels to search")
  }

  @Test func describeTellsWhatThereIsToChoose() throws {
    let channels = try run(["describe", SlimSet.supernet]).output
    #expect(
      channels.hasPrefix(
        """
        AutoSlim: 25 groups of channels that are narrowed together
        at full width: 0.7 GFLOPs, 6.86 M parameters at 224 x 224
        ratios: 11 from 16.7 % to 100.0 %

        group                          channels  made by                        read by
        backbone.conv2.conv                1920  backbone.conv2.conv            head.fc
        backbone.layer7.0.conv.2.conv       480  backbone.layer7.0.conv.2.conv  backbone.conv2.conv
        group_0                            1440  backbone.layer7.0.conv.0.conv  \
        backbone.layer7.0.conv.2.conv
                                                 backbone.layer7.0.conv.1.conv

        """))

    let subnets = try run(
      ["describe", SlimSet.subnet, "--cfg-options"]
        + ["algorithm.channel_cfg=[\(SlimSet.otherChannels),\(SlimSet.otherChannels)]"]
    ).output
    #expect(subnets.contains(#/\ngroup +channels +subnet 1 +subnet 2 +made by/#))
    #expect(subnets.contains(#/\nbackbone\.layer7\.0\.conv\.2\.conv +480 +280 +280 /#))

    let modules = try run(
      ["describe", SlimSet.subnet, "--cfg-options"]
        + ["algorithm.channel_cfg=\(SlimSet.otherChannels)"]
    ).output
    #expect(
      modules.contains(#/\nhead\.fc +Linear +1921000 +1920000\n\(all\) +4125104 +221412560\n/#))

    let blocks = try run(["describe", DemoSet.supernet]).output
    #expect(blocks.hasPrefix("SPOS: 20 search spaces, 1.1e12 subnets\n"))
    #expect(
      blocks.contains("\nstage_3_block_3  shuffle_3x3, shuffle_5x5, shuffle_7x7, shuffle_xception"))

    try expectError(["describe", "configs/none.py"], "configs/none.py: there is no such file")
    try expectError(
      ["describe", SlimSet.supernet, "--cfg-options", "algorithm.type=AutoSlin"],
      SlimSet.supernet, "did you mean 'AutoSlim'?")
  }
}
