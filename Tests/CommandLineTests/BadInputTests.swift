import Foundation
import Testing

/// Mistakes of a user: each ends with a non-zero exit code and one message that names the place.
@Suite struct BadInputTests {
  /// Runs `train` on the supernet with one thing wrong.
  private func train(_ options: [String], _ arguments: [String] = []) throws -> Tool.Outcome {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    return try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", folder.path] + arguments
        + DemoSet.options(options))
  }

  private func expectError(
    _ outcome: Tool.Outcome, _ parts: String..., status: Int32 = 1,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    let starts = outcome.errors.components(separatedBy: "mmrazor: error: ")
    #expect(starts.count == 2, "one message: \(outcome.errors)", sourceLocation: location)
    for part in parts {
      #expect(starts.last?.contains(part) == true, "\(outcome.errors)", sourceLocation: location)
    }
    for trace in ["Fatal error", "Traceback", "Precondition"] {
      #expect(!outcome.errors.contains(trace), sourceLocation: location)
    }
  }

  @Test func aMissingConfig() throws {
    expectError(
      try Tool.run(["train", "configs/none.py"]), "configs/none.py: there is no such file")
  }

  @Test func aSyntaxErrorInAConfig() throws {
    let folder = try Tool.temporaryFolder()
    let file = folder.appending(path: "broken.py").path
    try "a = 1\nb = dict(\nc = 3\n".write(toFile: file, atomically: true, encoding: .utf8)
    expectError(try Tool.run(["print-config", file]), "\(file):2:9: syntax error")
  }

  @Test func anUnknownType() throws {
    expectError(
      try train(["algorithm.architecture.model.backbone.type=SearchableShufleNetV2"]),
      DemoSet.supernet, "algorithm.architecture.model.backbone.type",
      "did you mean 'SearchableShuffleNetV2'?")
  }

  @Test func anUnknownKeyOfAKnownType() throws {
    expectError(
      try train(["algorithm.architecture.model.backbone.widen_facter=1.0"]),
      "algorithm.architecture.model.backbone.widen_facter: unknown key",
      "did you mean 'widen_factor'?")
  }

  @Test func aHeadThatDoesNotFitTheBackbone() throws {
    expectError(
      try train(["algorithm.architecture.model.head.in_channels=512"]),
      "algorithm.architecture.model.head.in_channels",
      "expects features of 512 channels, but backbone and neck give 1024")
  }

  @Test func aNeckThatIsMissing() throws {
    expectError(
      try train(["algorithm.architecture.model.neck=None"]),
      "algorithm.architecture.model.head.in_channels", "a neck is missing")
  }

  @Test func aLabelBeyondTheClassesOfTheModel() throws {
    expectError(
      try train([
        "algorithm.architecture.model.head.num_classes=5",
        "algorithm.architecture.model.head.loss.num_classes=5",
      ]), "is outside of the model's 5 classes")
  }

  @Test func picturesOfAnotherNumberOfChannels() throws {
    let message = "gives images of 1 channel, but the network takes 3; see color_type"
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    // The jitter of the recipe's pipeline would refuse grey pictures first.
    let file = folder.appending(path: "grey.py").path
    try """
    _base_ = '\(Tool.root.path)/\(DemoSet.supernet)'
    data = dict(train=dict(pipeline=[
        dict(type='LoadImageFromFile', color_type='grayscale'),
        dict(type='RandomResizedCrop', size=32),
        dict(type='Normalize', mean=[0.0], std=[1.0], to_rgb=False),
        dict(type='ImageToTensor', keys=['img']),
        dict(type='ToTensor', keys=['gt_label']),
        dict(type='Collect', keys=['img', 'gt_label'])]))
    """.write(toFile: file, atomically: true, encoding: .utf8)
    expectError(
      try Tool.run(
        ["train", file, "--work-dir", folder.path, "--no-validate"] + DemoSet.options()),
      "grey.py", "data.train.pipeline: \(message)")

    func grey(_ part: String) -> [String] {
      [
        "data.\(part).pipeline.0.color_type=grayscale", "data.\(part).pipeline.3.mean=[0.0]",
        "data.\(part).pipeline.3.std=[1.0]", "data.\(part).pipeline.3.to_rgb=False",
      ]
    }
    let validation = try train(grey("val") + ["evaluation.interval=1", "runner.max_iters=1"])
    expectError(validation, DemoSet.supernet, "data.val.pipeline: \(message)")
    let run = try DemoSet.run.get().path
    let options = try DemoSet.options(grey("test"))
    expectError(
      try Tool.run(
        ["test", DemoSet.supernet, "\(run)/iter_2.pth", "--metrics", "accuracy"] + options),
      "data.test.pipeline: \(message)")
    expectError(
      try Tool.run(
        ["search", DemoSet.search, "\(run)/iter_2.pth", "--work-dir", folder.path] + options),
      "data.test.pipeline: \(message)")
  }

  @Test func anInputShapeOfAnotherNumberOfChannels() throws {
    expectError(
      try Tool.run([
        "get-flops", SlimSet.supernet, "--cfg-options", "algorithm.input_shape=(1,224,224)",
      ]), "algorithm.input_shape: has 1 channels, but the network takes images of 3")
  }

  @Test func groupsThatDoNotDivideTheChannels() throws {
    expectError(
      try train([
        "algorithm.architecture.model.backbone.norm_cfg.type=GN",
        "algorithm.architecture.model.backbone.norm_cfg.num_groups=7",
      ]), "algorithm.architecture.model.backbone",
      "num_groups=7 of a norm_cfg does not divide the 16 channels of 'conv1.gn'")
  }

  @Test func anUnknownKeyOfAHook() throws {
    expectError(
      try train(["checkpoint_config.intervall=3"]), "checkpoint_config.intervall: unknown key")
  }

  @Test func aMissingDataFolder() throws {
    expectError(
      try train(["data.train.data_prefix=/no/such/folder"]), "data.train.data_prefix",
      "/no/such/folder")
  }

  @Test func aWrongNumberOfClasses() throws {
    expectError(
      try train(["data.train.classes=[a,b,c]"]), "data.train",
      "The number of subfolders (10) doesn't match the number of specified classes (3)")
  }

  @Test func anEmptyDataSet() throws {
    let folder = try Tool.temporaryFolder()
    for name in DemoSet.classes {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    expectError(
      try train(["data.train.data_prefix=\(folder.path)"]), "data.train.data_prefix",
      "Found 0 files in subfolders of: \(folder.path)")
  }

  @Test func aCorruptPicture() throws {
    let source = try DemoSet.folder.get().appending(path: "train")
    let folder = try Tool.temporaryFolder().appending(path: "train")
    try FileManager.default.copyItem(at: source, to: folder)
    let star = folder.appending(path: "star")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: star.path).sorted().first)
    let file = star.appending(path: name)
    try Data(contentsOf: file).prefix(600).write(to: file)
    expectError(
      try train(["data.train.data_prefix=\(folder.path)", "runner.max_iters=40"]), file.path,
      "corrupt JPEG")
  }

  @Test(arguments: [
    ("samples_per_gpu", "9223372036854775807", "must be at most 16777216"),
    ("workers_per_gpu", "9223372036854775807", "must be at most 1024"),
    ("workers_per_gpu", "5000", "must be at most 1024, found 5000"),
    ("workers_per_gpu", "-1", "must not be negative"),
  ])
  func loaderSizesOutOfRange(key: String, value: String, message: String) throws {
    expectError(try train(["data.\(key)=\(value)"]), key, message)
  }

  @Test func aCheckpointThatDoesNotFit() throws {
    let folder = try Tool.temporaryFolder()
    let made = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", folder.path, "--no-validate"]
        + DemoSet.options(["runner.max_iters=1", "checkpoint_config.interval=1"]))
    #expect(made.status == 0, "\(made.errors)")
    let outcome = try Tool.run(
      ["test", DemoSet.supernet, "\(folder.path)/iter_1.pth", "--metrics", "accuracy"]
        + DemoSet.options([
          "algorithm.architecture.model.head.num_classes=7",
          "algorithm.architecture.model.head.loss.num_classes=7",
        ]))
    expectError(
      outcome, "\(folder.path)/iter_1.pth", "architecture.model.head.fc.weight", "[10, 1024]",
      "[7, 1024]")
  }

  @Test(arguments: ["test", "search"])
  func aMissingCheckpoint(command: String) throws {
    let flags = command == "test" ? ["--metrics", "accuracy"] : []
    expectError(
      try Tool.run([command, DemoSet.search, "no.pth"] + flags + DemoSet.options()), "no.pth")
  }

  @Test func aWorkDirThatCannotBeWritten() throws {
    let blocked = try Tool.temporaryFolder().appending(path: "file")
    try Data().write(to: blocked)
    let outcome = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", "\(blocked.path)/below"] + DemoSet.options())
    expectError(outcome, "\(blocked.path)/below")
  }

  @Test func aSubnetWithAnUnknownChoice() throws {
    let file = try Tool.temporaryFolder().appending(path: "subnet.yaml")
    let known = try String(
      contentsOf: Tool.root.appending(
        path: "configs/nas/spos/SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml"), encoding: .utf8)
    try known.replacing("shuffle_xception", with: "shuffle_xcepton")
      .write(to: file, atomically: true, encoding: .utf8)
    expectError(
      try Tool.run(
        ["get-flops", DemoSet.subnet, "--cfg-options", "algorithm.mutable_cfg=\(file.path)"]),
      file.path, "shuffle_xcepton", "did you mean 'shuffle_xception'?")
  }

  @Test func aSubnetThatCannotBeDownloaded() throws {
    let cache = try Tool.temporaryFolder().path
    let url = "http://127.0.0.1:1/nets/subnet.yaml"
    expectError(
      try Tool.run(
        ["get-flops", DemoSet.subnet, "--cfg-options", "algorithm.mutable_cfg=\(url)"],
        environment: ["MMRAZOR_CACHE": cache]),
      "algorithm.mutable_cfg", url, "\(cache)/subnet.yaml")
  }

  @Test func aLimitThatNoSubnetKeeps() throws {
    let folder = try Tool.temporaryFolder()
    let made = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", folder.path, "--no-validate"]
        + DemoSet.options(["runner.max_iters=1", "checkpoint_config.interval=1"]))
    #expect(made.status == 0, "\(made.errors)")
    expectError(
      try Tool.run(
        ["search", DemoSet.search, "\(folder.path)/latest.pth", "--work-dir", folder.path]
          + DemoSet.options(["searcher.constraints.flops=1000"])),
      "searcher.constraints.flops", "no subnet has fewer than 1000.0 FLOPs")
  }

  @Test(arguments: [("cuda", "there is no GPU"), ("tpu", "unknown device")])
  func aDeviceThatIsNotThere(name: String, message: String) throws {
    expectError(try train([], ["--device", name]), "--device \(name)", message)
  }

  @Test func testWithNothingToDo() throws {
    expectError(
      try Tool.run(["test", DemoSet.supernet, "x.pth"]),
      "Please specify at least one of output path and evaluation metrics")
  }

  @Test(
    arguments: [
      ["train"], ["train", "a.py", "--seed", "x"], ["train", "a.py", "--no-such-flag"],
      ["train", "a.py", "--gpu-id", "0", "--device", "cpu"],
      ["train", "a.py", "--launcher", "pytorch"], ["no-such-command"],
    ])
  func wrongArgumentsEndWithCodeTwo(arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.lowercased().contains("usage:"))
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: ["test", "search", "train"])
  func anImpossibleMetricIsFoundBeforeTheFirstImage(command: String) throws {
    let run = try DemoSet.run.get().path
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    // No file of the list is there, so that reading one would be another error.
    let list = folder.appending(path: "list.txt")
    try "none.jpg 0\n".write(to: list, atomically: true, encoding: .utf8)
    let missing = try DemoSet.options(["data.test.ann_file=\(list.path)"])
    switch command {
    case "test":
      expectError(
        try Tool.run(
          ["test", DemoSet.supernet, "\(run)/iter_2.pth", "--metrics", "recal"] + missing),
        "--metrics: there is no metric named 'recal'; did you mean 'recall'?")
    case "search":
      for (option, message) in [
        ("metrics=acuracy", "searcher.metrics: there is no metric named 'acuracy'"),
        ("score_key=accuracy_top-3", "the evaluation does not report 'accuracy_top-3'"),
      ] {
        expectError(
          try Tool.run(
            ["search", DemoSet.search, "\(run)/iter_2.pth", "--work-dir", folder.path] + missing
              + ["searcher.\(option)"]), message)
      }
    default:
      expectError(
        try Tool.run(
          ["train", DemoSet.supernet, "--work-dir", folder.path] + missing
            + ["evaluation.metric=f1_scor"]),
        "evaluation.metric: there is no metric named 'f1_scor'; did you mean 'f1_score'?")
    }
  }
}
