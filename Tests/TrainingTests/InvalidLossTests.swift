import Annotations
import Configs
import Foundation
import NN
import Testing
import Training
import Vision

/// Losses that are infinite or not a number are named; a hook stops the run for them.
@Suite("Losses that are no numbers")
struct InvalidLossTests {
  /// Reports a loss for each iteration, and steps nothing.
  private final class ScriptedModel: Module, TrainableModel {
    let losses: [Double]

    init(_ losses: [Double]) {
      self.losses = losses
      super.init()
    }

    func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
      let loss = losses[context.iteration]
      return TrainStepOutput(
        loss: nil, logVariables: [("top-1", 50), ("loss", loss + 1), ("loss_kd", loss)],
        sampleCount: batches[0].count)
    }

    func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
      try trainStep([batch], context: context)
    }

    func predict(_ batch: Batch) throws -> [Prediction] {
      batch.indices.map { _ in .scores([1, 0]) }
    }
  }

  /// Runs as many iterations as there are losses.
  ///
  /// - Returns: the warnings of the log.
  private func warnings(_ losses: [Double], hooks: Config? = nil) throws -> [String] {
    let folder = try TemporaryFolder()
    let log = try RunLog(name: "mmcls", file: folder.path + "/run.log", showsOnConsole: false)
    let session = try TrainingSession(
      config: toyConfig {
        $0["optimizer"] = ["type": "SGD", "lr": 0.1]
        $0["optimizer_config"] = .some(Config.none)
        $0["lr_config"] = ["policy": "fixed"]
        $0["checkpoint_config"] = .some(Config.none)
        $0["runner"] = ["type": "IterBasedRunner", "max_iters": .int(losses.count)]
        if let hooks { $0["custom_hooks"] = hooks }
      }, model: ScriptedModel(losses), sources: [[toyLoader()]], validation: nil,
      setup: folder.setup(), logger: log.logger)
    try session.run()
    return try folder.text("run.log").split(separator: "\n").filter {
      $0.contains(" - WARNING - ")
    }.map(String.init)
  }

  @Test("the first of several bad iterations is named, and their end is told")
  func warnsOnce() throws {
    let lines = try warnings([1, .nan, .infinity, .nan, 1, 2, -.infinity])
    #expect(lines.count == 3)
    #expect(lines[0].contains("'loss_kd' became nan in iteration 2 (epoch 1); a lower learning"))
    #expect(lines[1].contains("losses are finite again in iteration 5, after 3 that were not"))
    #expect(lines[2].contains("'loss_kd' became -inf in iteration 7 (epoch 2)"))
    #expect(try warnings([1, 2, 3]).isEmpty)
  }

  @Test(
    "the hook stops the run where it looks",
    arguments: [("CheckInvalidLossHook", 1, 2), ("mmdet.CheckInvalidLossHook", 3, 3)])
  func stops(type: String, interval: Int, iteration: Int) throws {
    let error = #expect(throws: TrainingError.self) {
      try warnings(
        [1, .nan, .nan, 1],
        hooks: [["type": .string(type), "interval": .int(interval), "priority": "LOW"]])
    }
    #expect(
      error?.description.hasPrefix("'loss_kd' became nan in iteration \(iteration) (epoch 1)")
        == true)
  }

  @Test("the hook looks every 50 iterations unless told otherwise")
  func interval() throws {
    let hooks: Config = [["type": "CheckInvalidLossHook"]]
    #expect(try warnings([.nan, 1, .nan, 1], hooks: hooks).count == 4)
    let misspelt: Config = [["type": "CheckInvalidLossHook", "intervall": 3]]
    #expect(throws: ConfigError.self) { try warnings([1], hooks: misspelt) }
  }
}
