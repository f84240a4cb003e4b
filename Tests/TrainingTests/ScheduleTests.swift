import Annotations
import Configs
import Foundation
import OrderedCollections
import Tensors
import TestKit
import Testing
import Training
import Vision

@Suite("Schedules")
struct ScheduleTests {
  @Test("every recorded rate of mmcv's updaters is met to the last digits")
  func recordedRates() throws {
    let recording = try JSONConfig.read("schedules/schedules.json")
    let cases = try #require(recording["cases"]?.items)
    let length = try Int(config: try #require(recording["length"]), path: "length")
    #expect(cases.count > 100)
    for entry in cases where entry["error"] == nil {
      let config = try #require(entry["config"])
      let expected = try [[Double]](config: try #require(entry["rates"]), path: "rates")
      let rates = try rates(config, runner: try #require(entry["runner"]), length: length)
      #expect(rates.count == expected.count, "\(config)")
      for (actual, wanted) in zip(rates.joined(), expected.joined()) {
        #expect(abs(actual - wanted) <= 1e-15 * abs(wanted) + 1e-18, "\(config)")
      }
    }
  }

  private func rates(_ config: Config, runner: Config, length: Int) throws -> [[Double]] {
    let device = CPU(threads: 1)
    let parameters = ["a", "b"].map { ($0, Parameter(.zeros([1], on: device))) }
    let model = SilentModel(parameters: parameters)
    let optimizer = Optimizer(
      name: "SGD",
      groups: zip(parameters, [0.1, 0.02]).map {
        ParameterGroup(parameters: [$0.1], learningRate: $1, weightDecay: 0, rule: SGD())
      })
    let folder = try TemporaryFolder()
    let log = try RunLog(name: "test", showsOnConsole: false)
    let byEpoch = runner["max_epochs"] != nil
    let loop: any TrainingLoop =
      byEpoch
      ? EpochLoop(maxEpochs: try Int(config: runner["max_epochs"] ?? nil, path: "max_epochs"))
      : IterationLoop(maxIterations: try Int(config: runner["max_iters"] ?? nil, path: "max_iters"))
    let run = Runner(
      model: model, optimizers: .single(optimizer), setup: folder.setup(), logger: log.logger,
      loop: loop)
    var config = config
    let policy = try String(config: config["policy"] ?? nil, path: "policy")
    config["policy"] = nil
    config["type"] = .string(policy.prefix(1).uppercased() + policy.dropFirst() + "LrUpdaterHook")
    run.register(
      try TrainingCatalogs.builtIn.hooks.build(
        config, path: "lr_config", scope: .mmcls, context: HookContext(countsEpochs: byEpoch)),
      priority: .veryHigh)
    let recorder = RateRecorder()
    run.register(recorder, priority: .veryLow)
    let batch = Batch(
      pixels: PixelBatch(values: [0], shape: [1, 1, 1, 1]),
      metas: [ImageMeta(filename: "0", originalFilename: "0")],
      annotations: [ImageAnnotation(label: 0)], indices: [0])
    let source = MemorySource(
      dataset: ToyDataset(count: length), batches: Array(repeating: batch, count: length))
    try run.run([[source]], workflow: [WorkflowStep(.train)])
    return recorder.rates
  }

  @Test(
    "rates of policies that no recipe uses",
    arguments: [
      (["type": "LinearAnnealingLrUpdaterHook", "min_lr": 0.0], [1, 0.75, 0.5, 0.25]),
      (
        ["type": "FlatCosineAnnealingLrUpdaterHook", "start_percent": 0.5, "min_lr": 0.0],
        [1, 1, 1, 0.5]
      ),
      (
        [
          "type": "CosineRestartLrUpdaterHook", "periods": [2, 2], "restart_weights": [1, 0.5],
          "min_lr": 0.0,
        ], [1, 0.5, 0.5, 0.25]
      ),
      (
        ["type": "CyclicLrUpdaterHook", "target_ratio": .tuple([10, 0.1]), "step_ratio_up": 0.5],
        [1, 5.5, 10, 5.05]
      ),
      (
        [
          "type": "OneCycleLrUpdaterHook", "max_lr": 25.0, "pct_start": 0.5,
          "anneal_strategy": "linear",
        ], [1, 25, 12.50005, 0.0001]
      ),
      (
        ["type": "CosineAnnealingCooldownLrUpdaterHook", "min_lr": 0.2, "cool_down_time": 2],
        [1, 0.6, 0.2, 0.02]
      ),
    ] as [(Config, [Double])])
  func otherPolicies(config: Config, expected: [Double]) throws {
    let hook = try #require(
      try TrainingCatalogs.builtIn.hooks.build(
        config, path: "lr_config", scope: .mmcls, context: HookContext(countsEpochs: false))
        as? ScheduleHook)
    let base = hook.policy.base(initial: 1, group: 0)
    for (step, wanted) in expected.enumerated() {
      let value = hook.policy.value(from: base, at: SchedulePosition(step: step, limit: 4))
      #expect(abs(value - wanted) < 1e-12, "step \(step)")
    }
  }

  @Test(
    "a wrong schedule says where",
    arguments: [
      (["policy": "unknown"], "lr_config.policy: there is no policy named 'unknown'"),
      (
        ["policy": "polly"],
        "lr_config.policy: there is no policy named 'polly'; did you mean 'Poly'?"
      ),
      (["policy": "step", "step": 0], "lr_config.step: every step must be above 0"),
      (
        ["policy": "CosineAnnealing"],
        "lr_config: either min_lr or min_lr_ratio must be given"
      ),
      (
        ["policy": "step", "step": [2], "warmup": "other", "warmup_iters": 2],
        "lr_config.warmup: there is no warmup named 'other'"
      ),
      (
        ["policy": "fixed", "warmup": "linear"],
        "lr_config.warmup_iters: must be above 0, this is 0"
      ),
      (
        ["policy": "fixed", "warmup": "linear", "warmup_iters": 2, "warmup_ratio": 2.0],
        "lr_config.warmup_ratio: must lie in (0, 1], this is 2.0"
      ),
      (["policy": "poly", "pwer": 1.0], "lr_config.pwer: unknown key; did you mean 'power'?"),
    ] as [(Config, String)])
  func errors(config: Config, message: String) throws {
    let error = #expect(throws: ConfigError.self) {
      let folder = try TemporaryFolder()
      _ = try TrainingSession(
        config: toyConfig { $0["lr_config"] = config }, model: ToyModel(), sources: [[toyLoader()]],
        validation: nil, setup: folder.setup(),
        logger: RunLog(name: "test", showsOnConsole: false).logger)
    }
    #expect(error?.description == message)
  }
}

private final class RateRecorder: Hook {
  let name = "RateRecorder"
  let stages: Set<HookStage> = [.beforeTrainIteration]
  var rates: [[Double]] = []

  func beforeTrainIteration(_ runner: Runner) throws {
    rates.append(runner.optimizers.all[0].groups.map(\.learningRate))
  }
}
