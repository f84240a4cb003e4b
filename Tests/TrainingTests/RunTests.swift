import Annotations
import Checkpoints
import Configs
import Foundation
import NN
import OrderedCollections
import Tensors
import TestKit
import Testing
import Training
import Vision

@Suite("Runs")
struct RunTests {
  /// Runs a toy model as `config` says.
  @discardableResult
  private func run(
    _ config: Config, in folder: TemporaryFolder, model: any TrainableModel = ToyModel(),
    sources: [any BatchSource] = [toyLoader()], validates: Bool = true, log: RunLog? = nil
  ) throws -> Runner {
    let validation = DataLoader(
      dataset: ToyDataset(count: 10), batchSize: 4, workers: 0, shuffle: false, seed: 0)
    let session = try TrainingSession(
      config: config, model: model, sources: sources.map { [$0] },
      validation: validates ? validation : nil, setup: folder.setup(),
      logger: (log ?? RunLog(name: "mmcls", showsOnConsole: false)).logger)
    try session.run()
    return session.runner
  }

  // MARK: - Resuming

  @Test(
    "a resumed run ends bit for bit like an uninterrupted one",
    arguments: [
      // 5 batches an epoch: iteration 4 lies in the middle of one.
      (["type": "IterBasedRunner", "max_iters": 12], "iter_4.pth"),
      (["type": "EpochBasedRunner", "max_epochs": 4], "epoch_2.pth"),
      (["type": "EpochBasedRunner", "max_epochs": 4], "iter_8.pth"),
    ] as [(Config, String)])
  func resumes(runner: Config, checkpoint: String) throws {
    let config = toyConfig {
      $0["runner"] = runner
      $0["checkpoint_config"] =
        checkpoint.hasPrefix("iter")
        ? ["interval": 4, "by_epoch": false] : ["interval": 2]
      $0["evaluation"] = ["interval": 2, "save_best": "auto", "metric_options": ["topk": 1]]
    }
    let (whole, rest) = (try TemporaryFolder(), try TemporaryFolder())
    let uninterrupted = ToyModel()
    try run(config, in: whole, model: uninterrupted)

    let resumed = ToyModel(seed: 99)
    var resuming = config
    resuming["resume_from"] = .string(whole.path + "/" + checkpoint)
    let runner = try run(resuming, in: rest, model: resumed)
    #expect(runner.iteration == (checkpoint == "iter_4.pth" ? 12 : 20))
    #expect(uninterrupted.values == resumed.values)

    let last = try Checkpoint.read(rest.path + "/latest.pth")
    let reference = try Checkpoint.read(whole.path + "/latest.pth")
    #expect(try momentum(last) == momentum(reference))
  }

  private func momentum(_ checkpoint: Checkpoint) throws -> [[Float]] {
    let state = try #require(checkpoint.optimizer?["state"]?.dictionary)
    return try state.items.values.map {
      try #require($0["momentum_buffer"]?.tensor).floats()
    }
  }

  @Test(
    "an upstream checkpoint of a run by iterations goes on with the next iteration",
    arguments: [false, true])
  func resumesUpstream(handsOnAPlace: Bool) throws {
    let (whole, rest) = (try TemporaryFolder(), try TemporaryFolder())
    let uninterrupted = ToyModel(noise: 0.1)
    try run(toyConfig(), in: whole, model: uninterrupted)
    var checkpoint = try Checkpoint.read(whole.path + "/iter_4.pth")
    #expect(checkpoint.meta["iter"]?.integer == 3)
    // Upstream may hand on the place of the checkpoint that it resumed from.
    checkpoint.meta["run_state"] =
      handsOnAPlace ? ["iter": 1, "iteration": 2, "epoch": 0, "batch": 2, "seed": 7] : nil
    try checkpoint.write(to: rest.path + "/upstream.pth")
    let resumed = ToyModel(seed: 99)
    try run(
      toyConfig { $0["resume_from"] = .string(rest.path + "/upstream.pth") }, in: rest,
      model: resumed)
    #expect(uninterrupted.values == resumed.values)
  }

  @Test("auto_resume takes the newest checkpoint of the folder, or starts anew")
  func autoResume() throws {
    let folder = try TemporaryFolder()
    let config = toyConfig { $0["auto_resume"] = true }
    try run(config, in: folder)
    #expect(ResumeSource.latestCheckpoint(in: folder.path) == folder.path + "/latest.pth")
    let longer = toyConfig {
      $0["auto_resume"] = true
      $0["runner"] = ["type": "IterBasedRunner", "max_iters": 10]
    }
    let runner = try run(longer, in: folder)
    #expect(runner.iteration == 10)
    #expect(runner.hookMessage("last_ckpt")?.text == folder.path + "/iter_10.pth")
  }

  @Test("without a seed a resumed run takes the checkpoint's")
  func seed() throws {
    let folder = try TemporaryFolder()
    try run(toyConfig(), in: folder)
    let path = folder.path + "/latest.pth"
    #expect(try ResumeSource.seed(requested: nil, resumingFrom: path) == 7)
    #expect(try ResumeSource.seed(requested: 3, resumingFrom: path) == 3)
  }

  // MARK: - Files

  @Test("checkpoints hold what upstream's hold")
  func checkpointContents() throws {
    let folder = try TemporaryFolder()
    try run(toyConfig(), in: folder)
    #expect(
      folder.names == ["20261123_235301.log.json", "iter_4.pth", "iter_8.pth", "latest.pth"])
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/latest.pth")
        == "iter_8.pth")
    let checkpoint = try Checkpoint.read(folder.path + "/iter_8.pth")
    #expect(
      Array(checkpoint.meta.keys) == [
        "mmcls_version", "config", "CLASSES", "env_info", "seed", "exp_name", "hook_msgs", "epoch",
        "iter", "mmcv_version", "time", "run_state",
      ])
    #expect(checkpoint.meta["epoch"]?.integer == 2)
    #expect(checkpoint.meta["iter"]?.integer == 7)
    #expect(checkpoint.meta["mmcv_version"]?.text == "1.5.0")
    #expect(
      checkpoint.meta["hook_msgs"]?["last_ckpt"]?.text == folder.path + "/iter_4.pth")
    #expect(
      Array(checkpoint.stateDict.tensors.keys) == [
        "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked",
        "fc.weight", "fc.bias", "other.weight", "other.bias",
      ])
    let group = try #require(checkpoint.optimizer?["param_groups"]?.elements?.first)
    #expect(group["initial_lr"]?.number == 0.05)
  }

  @Test(
    "only the newest checkpoints stay, the last one too when it lies off the interval",
    arguments: [
      (8, ["iter_6.pth", "iter_8.pth"]), (7, ["iter_6.pth", "iter_7.pth"]),
    ])
  func rotation(iterations: Int, expected: [String]) throws {
    let folder = try TemporaryFolder()
    try run(
      toyConfig {
        $0["runner"] = ["type": "IterBasedRunner", "max_iters": .int(iterations)]
        $0["checkpoint_config"] = ["interval": 2, "max_keep_ckpts": 2]
      }, in: folder)
    #expect(folder.names.filter { $0.hasPrefix("iter") } == expected)
  }

  @Test("checkpoints go to a folder of the run's name under out_dir")
  func outDirectory() throws {
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    try run(
      toyConfig {
        $0["checkpoint_config"] = [
          "interval": 100, "out_dir": .string(other.path), "save_optimizer": false,
          "filename_tmpl": "step_{}.pth",
        ]
      }, in: folder)
    let name = (folder.path as NSString).lastPathComponent
    let path = "\(other.path)/\(name)/step_8.pth"
    #expect(try Checkpoint.read(path).optimizer == nil)
    #expect(folder.names == ["20261123_235301.log.json"])
  }

  @Test("the best checkpoint is kept, and only it")
  func best() throws {
    let folder = try TemporaryFolder()
    let runner = try run(
      toyConfig {
        $0["runner"] = .epochs
        $0["evaluation"] = [
          "interval": 1, "save_best": "auto", "metric": "accuracy", "metric_options": ["topk": 1],
        ]
      }, in: folder)
    let best = folder.names.filter { $0.hasPrefix("best") }
    #expect(best.count == 1)
    #expect(best.first?.hasPrefix("best_accuracy_epoch_") == true)
    #expect(
      runner.hookMessage("best_ckpt")?.text == folder.path + "/" + (best.first ?? ""))
    #expect(runner.hookMessage("best_score")?.number ?? 0 > 50)
  }

  // MARK: - Logs

  @Test("a run by iterations logs what upstream logs")
  func iterationLog() throws {
    let folder = try TemporaryFolder()
    let log = try RunLog(name: "mmcls", file: folder.path + "/run.log", showsOnConsole: false)
    try run(toyConfig(), in: folder, log: log)
    let text = try folder.text("run.log")
    let lines = text.split(separator: "\n").map(String.init)
    #expect(
      try lines[0].wholeMatch(
        of: Regex(
          #"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - mmcls - INFO - Start running, host: .+@.+, "#
            + "work_dir: \(folder.path)")) != nil)
    let table = try recordedHookTable()
    #expect(text.contains("following order:\n\(table)\n"))
    let messages = lines.compactMap { line in
      line.firstRange(of: " - mmcls - INFO - ").map { String(line[$0.upperBound...]) }
    }
    #expect(messages[2] == "workflow: [('train', 1)], max: 8 iters")
    #expect(messages[3] == "Checkpoints will be saved to \(folder.path) by HardDiskBackend.")
    let times = #"eta: 0:00:00, time: \d\.\d{3}, data_time: \d\.\d{3}, "#
    for (message, pattern) in zip(
      messages[4...],
      [
        #"Iter \[2/8\]\tlr: 4.375e-02, "# + times + #"loss: \d\.\d{4}"#,
        "Saving checkpoint at 4 iterations",
        #"Iter \[4/8\]\tlr: 3.125e-02, "# + times + #"loss: \d\.\d{4}"#,
        #"Iter\(val\) \[3\]\taccuracy: \d+\.\d{4}"#,
        #"Iter \[6/8\]\tlr: 1.875e-02, "# + times + #"loss: \d\.\d{4}"#,
        "Saving checkpoint at 8 iterations",
        #"Iter \[8/8\]\tlr: 6.250e-03, "# + times + #"loss: \d\.\d{4}"#,
        #"Iter\(val\) \[3\]\taccuracy: \d+\.\d{4}"#,
      ])
    {
      #expect(try message.wholeMatch(of: Regex(pattern)) != nil, "\(message)")
    }
    #expect(messages.count == 12)

    let json = try folder.text("20261123_235301.log.json").split(separator: "\n").map(String.init)
    #expect(
      json[0] == #"{"env_info": "sys.platform: linux", "seed": 7, "exp_name": "toy.py"}"#)
    #expect(
      try json[1].wholeMatch(
        of: Regex(
          #"\{"mode": "train", "epoch": 1, "iter": 2, "lr": 0.04375, "data_time": [\d.e-]+, "#
            + #""loss": [\d.]+, "time": [\d.e-]+\}"#)) != nil)
    #expect(
      try json[3].wholeMatch(
        of: Regex(
          #"\{"mode": "val", "epoch": 1, "iter": 3, "lr": 0.03125, "accuracy": \d+\.\d+\}"#))
        != nil)
    // As upstream: the first iteration of the second pass still counts to the first.
    #expect(json[4].hasPrefix(#"{"mode": "train", "epoch": 1, "iter": 6, "#))
  }

  @Test("a run by epochs logs epochs, and the experiment's name at their end")
  func epochLog() throws {
    let folder = try TemporaryFolder()
    let log = try RunLog(name: "mmcls", file: folder.path + "/run.log", showsOnConsole: false)
    try run(
      toyConfig {
        $0["runner"] = ["type": "EpochBasedRunner", "max_epochs": 1]
        $0["evaluation"] = ["metric_options": ["topk": 1]]
      }, in: folder, log: log)
    let messages = try folder.text("run.log").split(separator: "\n").compactMap { line in
      line.firstRange(of: " - mmcls - INFO - ").map { String(line[$0.upperBound...]) }
    }
    let tail = messages.suffix(6)
    #expect(messages[2] == "workflow: [('train', 1)], max: 1 epochs")
    for (message, start) in zip(
      tail,
      [
        "Checkpoints will be saved", "Epoch [1][2/5]\tlr: 5.000e-02, ",
        "Epoch [1][4/5]\tlr: 5.000e-02, ", "Saving checkpoint at 1 epochs", "Exp name: toy.py",
        "Epoch(val) [1][3]\taccuracy: ",
      ])
    {
      #expect(message.hasPrefix(start), "\(message)")
    }
  }

  @Test("a validation workflow logs the losses of its data")
  func validationWorkflow() throws {
    for runner in [
      ["type": "EpochBasedRunner", "max_epochs": 2], ["type": "IterBasedRunner", "max_iters": 2],
    ] as [Config] {
      let folder = try TemporaryFolder()
      try run(
        toyConfig {
          $0["runner"] = runner
          $0["workflow"] = [.tuple(["train", 1]), .tuple(["val", 1])]
        }, in: folder, sources: [toyLoader(), toyLoader(count: 8, seed: 3)], validates: false)
      let json = try folder.text("20261123_235301.log.json")
      let validations = json.split(separator: "\n").filter { $0.contains(#""mode": "val""#) }
      #expect(validations.count == 2)
      #expect(validations.allSatisfy { $0.contains(#""loss": "#) })
    }
  }

  /// The table that the original printed for the same hooks.
  private func recordedHookTable() throws -> String {
    let log = try String(
      contentsOf: Fixtures.url("logs/train_supernet.log"), encoding: .utf8)
    let lines = log.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.contains("Hooks will be executed") })
    let end = try #require(lines[start...].firstIndex { $0.contains("INFO - workflow: ") })
    return lines[(start + 1)..<end].joined(separator: "\n")
  }

  // MARK: - Steps

  @Test("gradient clipping bounds the step and logs the norm")
  func clipping() throws {
    let folder = try TemporaryFolder()
    let model = ToyModel()
    let before = model.parameterValues
    try run(
      toyConfig {
        $0["optimizer"] = ["type": "SGD", "lr": 1.0]
        $0["lr_config"] = ["policy": "fixed"]
        $0["optimizer_config"] = ["grad_clip": ["max_norm": 0.01, "norm_type": 2]]
        $0["runner"] = ["type": "IterBasedRunner", "max_iters": 1]
        $0["log_config"] = ["interval": 1, "hooks": [["type": "TextLoggerHook"]]]
      }, in: folder, model: model)
    let step = zip(model.parameterValues, before).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      .squareRoot()
    #expect(abs(step - 0.01) < 1e-5)
    #expect(try folder.text("20261123_235301.log.json").contains(#""grad_norm": "#))
  }

  @Test("gradients of several small batches make the step of a large one")
  func accumulation() throws {
    func values(_ batch: Int, _ hook: Config, iterations: Int) throws -> [Float] {
      let model = ToyModel(noise: 0)
      let quiet = QuietModel(model)
      try run(
        toyConfig {
          $0["optimizer_config"] = hook
          $0["lr_config"] = ["policy": "fixed"]
          $0["runner"] = ["type": "IterBasedRunner", "max_iters": .int(iterations)]
        }, in: try TemporaryFolder(), model: quiet,
        sources: [toyLoader(count: 16, batch: batch)], validates: false)
      return model.parameterValues
    }
    let large = try values(8, [:], iterations: 2)
    let small = try values(
      4, ["type": "GradientCumulativeOptimizerHook", "cumulative_iters": 2], iterations: 4)
    for (a, b) in zip(large, small) { #expect(abs(a - b) < 1e-6) }
  }

  @Test("custom hooks run among the others by priority")
  func customHooks() throws {
    let folder = try TemporaryFolder()
    var catalogs = TrainingCatalogs.builtIn
    catalogs.hooks.add("Spy", scope: .mmrazor) { _, _ in Spy() }
    let session = try TrainingSession(
      config: toyConfig {
        $0["custom_hooks"] = [["type": "Spy"], ["type": "Spy", "priority": "very_high"]]
      }, model: ToyModel(), sources: [[toyLoader()]], validation: nil, setup: folder.setup(),
      logger: RunLog(name: "mmcls", showsOnConsole: false).logger, catalogs: catalogs)
    #expect(
      session.runner.hooks.map(\.name) == [
        "PolyLrUpdaterHook", "Spy", "OptimizerHook", "CheckpointHook", "Spy", "IterTimerHook",
        "TextLoggerHook",
      ])
  }

  // MARK: - Errors

  @Test(
    "what is wrong in a config is said with its place",
    arguments: [
      (
        "custom_hooks", [["type": "SearchSubnetHok"]],
        "custom_hooks.0.type: there is no hook named 'SearchSubnetHok'"
      ),
      (
        "checkpoint_config", ["intervall": 1],
        "checkpoint_config.intervall: unknown key; did you mean 'interval'?"
      ),
      (
        "log_config", ["interval": 1, "hooks": [["type": "TensorboardLoggerHook"]]],
        "log_config.hooks.0.type: there is no hook named 'TensorboardLoggerHook'"
      ),
      (
        "evaluation", ["metric_options": ["top": 1]],
        "evaluation.metric_options.top: unknown key; did you mean 'topk'?"
      ),
      (
        "evaluation", ["metric_option": ["topk": 1]],
        "evaluation.metric_option: unknown key; did you mean 'metric_options'?"
      ),
      (
        "evaluation", ["metric": "acuracy"],
        "evaluation.metric: there is no metric named 'acuracy'; did you mean 'accuracy'?"
      ),
      (
        "evaluation", ["save_best": "beauty"],
        "evaluation.rule: whether a greater or a smaller 'beauty' is better must be said"
      ),
      (
        "runner", ["type": "IterBasedRunner", "max_epochs": 2],
        "runner.max_iters: this key is required"
      ),
      ("runner", nil, "runner: this key is required"),
      (
        "workflow", [.tuple(["trian", 1])],
        "workflow.0.0: there is no workflow mode named 'trian'; did you mean 'train'?"
      ),
      (
        "workflow", [.tuple(["train", 1]), .tuple(["val", 1])],
        "workflow: 2 steps for 1 data sets"
      ),
      (
        "optimizer_config", ["grad_clip": ["maxnorm": 1]],
        "optimizer_config.grad_clip.max_norm: this key is required"
      ),
      ("optimizer", nil, "optimizer: this key is required"),
    ] as [(String, Config?, String)])
  func configErrors(key: String, value: Config?, message: String) throws {
    let error = #expect(throws: ConfigError.self) {
      try run(toyConfig { $0[key] = value }, in: try TemporaryFolder())
    }
    #expect(error?.description == message)
  }

  @Test("the older total_epochs is understood")
  func totalEpochs() throws {
    let runner = try run(
      toyConfig {
        $0["runner"] = nil
        $0["total_epochs"] = 2
      }, in: try TemporaryFolder())
    #expect(runner.epoch == 2)
  }

  @Test("a checkpoint that does not fit is refused with the names")
  func unsuitableCheckpoint() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/other.pth"
    try Checkpoint(
      stateDict: StateDict(["fc.weight": StoredTensor(floats: [1, 2], shape: [2])]),
      meta: ["epoch": 1, "iter": 1]
    ).write(to: path)
    for key in ["resume_from", "load_from"] {
      let error = #expect(throws: TrainingError.self) {
        try run(toyConfig { $0[key] = .string(path) }, in: folder)
      }
      #expect(
        error?.description == """
          \(path): the checkpoint does not fit the model
          size mismatch for fc.weight: [2] in the checkpoint, [2, 12] in the model
          missing in the checkpoint: bn.weight, bn.bias, bn.running_mean, bn.running_var, \
          fc.bias, … (7 in all)
          """)
    }
    let missing = #expect(throws: TrainingError.self) {
      try run(toyConfig { $0["load_from"] = "/nowhere.pth" }, in: folder)
    }
    #expect(missing == .missingCheckpoint(path: "/nowhere.pth"))
  }

  @Test("data without a batch is an error")
  func emptyData() throws {
    let error = #expect(throws: TrainingError.self) {
      try run(toyConfig(), in: try TemporaryFolder(), sources: [toyLoader(count: 0)])
    }
    #expect(error == .noBatches(role: "training"))
  }

  @Test("a folder that cannot be written to is an error")
  func unwritable() {
    let error = #expect(throws: TrainingError.self) {
      try WorkDirectory.prepare("/proc/nothing/here")
    }
    guard case .unwritable(path: "/proc/nothing/here", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

private final class Spy: Hook {
  let name = "Spy"
  let stages: Set<HookStage> = []
}

/// A toy model that never drops anything.
private final class QuietModel: Module, TrainableModel {
  @Child var inner: ToyModel

  init(_ inner: ToyModel) {
    self.inner = inner
    super.init()
  }

  override func setTraining(_ training: Bool) {
    super.setTraining(training)
    inner.drop.setTraining(false)
    inner.bn.setTraining(false)
  }

  func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    try inner.trainStep(batches, context: context)
  }

  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    try inner.validationStep(batch, context: context)
  }

  func predict(_ batch: Batch) throws -> [Prediction] { try inner.predict(batch) }
}
