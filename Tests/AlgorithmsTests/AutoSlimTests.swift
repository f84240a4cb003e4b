import Configs
import Foundation
import NN
import Pruning
import Tensors
import TestKit
import Testing
import Training
import Vision

@testable import Algorithms

@Suite("AutoSlim")
struct AutoSlimTests {
  private func build(_ config: Config) throws -> AutoSlim {
    try #require(try AutoSlimFixture.build(config) as? AutoSlim)
  }

  private var channelFile: String { Fixtures.url("autoslim/sample_0.yaml").path }

  @Test func stateHasUpstreamsKeys() throws {
    let state = try build(AutoSlimFixture.config()).stateEntries()
    let expected = try AutoSlimFixture.load().state
    #expect(state.map(\.name) == expected.map(\.first))
    #expect(state.map { $0.entry.value.shape.dimensions } == expected.map(\.second))
  }

  @Test func retrainedNetworksHaveTheOriginalsKeyCounts() throws {
    var config = AutoSlimFixture.config()
    config["retraining"] = true
    config["channel_cfg"] = .string(channelFile)
    #expect(try build(config).stateEntries().count == 314)
    config["channel_cfg"] = .list([.string(channelFile), .string(channelFile)])
    #expect(try build(config).stateEntries().count == 784)
  }

  @Test func subnetsCostWhatTheOriginalCounts() throws {
    let algorithm = try build(AutoSlimFixture.config())
    let pruner = algorithm.pruner
    for (name, row) in try AutoSlimFixture.load().costs.small {
      switch name {
      case "max": pruner.setMaxChannel()
      case "min": pruner.setMinChannel()
      default: pruner.setSubnet(pruner.sample(name == "sample.0" ? 0 : 1))
      }
      #expect(algorithm.subnetFLOPs() == row.subnetFlops, "\(name)")
      let live = algorithm.liveComplexity(height: 64, width: 64)
      #expect([live.flops, live.parameters] == row.deployed, "\(name)")
      #expect(algorithm.complexity(height: 64, width: 64).flops == 8_708_608)
    }
  }

  @Test(arguments: [
    ("530M", 529_261_920, 6_495_992), ("320M", 320_247_520, 5_767_288),
    ("220M", 221_412_560, 4_125_104),
  ])
  func publishedSubnetsCostWhatTheOriginalCounts(
    size: String, flops: Int, parameters: Int
  ) throws {
    var config = AutoSlimFixture.config(width: 1.5, channels: 1920, classes: 1000)
    config["retraining"] = true
    config["channel_cfg"] = .string(
      Fixtures.url("../../configs/pruning/autoslim/AUTOSLIM_MBV2_\(size)_OFFICIAL.yaml").path)
    let complexity = try build(config).complexity(height: 224, width: 224)
    #expect(complexity == Complexity(flops: flops, parameters: parameters))
  }

  @Test func evaluationFollowsTheMasksOfACheckpoint() throws {
    let (trained, loaded) = (
      try build(AutoSlimFixture.config()), try build(AutoSlimFixture.config())
    )
    trained.fillWithCounterNumbers()
    trained.pruner.setSubnet(trained.pruner.sample(1))
    for (target, source) in zip(loaded.stateEntries(), trained.stateEntries()) {
      switch target.entry {
      case .parameter(let parameter): parameter.value = source.entry.value
      case .buffer(let buffer): buffer.value = source.entry.value
      }
    }
    let batch = AutoSlimFixture.batch(0)
    trained.setTraining(false)
    loaded.setTraining(false)
    #expect(try loaded.predict(batch) == trained.predict(batch))
    #expect(loaded.pruner.currentSubnet["group_0"] == trained.pruner.currentSubnet["group_0"])
  }

  @Test func evaluationMayUseTheBatchsStatistics() throws {
    var config = AutoSlimFixture.config()
    config["bn_training_mode"] = true
    let algorithm = try build(config)
    algorithm.setTraining(false)
    for (_, module) in algorithm.namedModules() {
      #expect(module.isTraining == (module is BatchNorm2d))
    }
  }

  @Test(
    arguments: [
      ("num_sample_training", 1 as Config, "algorithm.num_sample_training: must be no less than 2"),
      ("pruner", .none, "algorithm.pruner: expected dict"),
      ("retraining", true, "algorithm.channel_cfg: retraining needs the file"),
      ("mutator", ["type": "OneShotMutator"], "algorithm.mutator: AutoSlim chooses channels"),
      (
        "pruner", ["type": "RatioPruner", "ratios": [0]],
        "algorithm.pruner.ratios.0: a ratio is above 0"
      ),
      (
        "pruner", ["type": "RatioPruner", "ratios": [0.01]],
        "algorithm.pruner: 'group_3' has 48 channels, of which the ratio 0.01 leaves none"
      ),
      ("pruner", ["type": "RatoPruner"], "algorithm.pruner.type: there is no pruner named"),
      (
        "distiller",
        [
          "type": "SelfDistiller",
          "components": [
            ["student_module": "head.fcc", "teacher_module": "head.fc", "losses": []]
          ],
        ], "algorithm.distiller: distiller.components: the student has no module 'head.fcc'"
      ),
    ] as [(String, Config, String)])
  func mistakesNameTheirPlace(key: String, value: Config, message: String) {
    var config = AutoSlimFixture.config()
    config[key] = value
    let error = #expect(throws: ConfigError.self) { _ = try build(config) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "none")")
  }
}
