import Algorithms
import Annotations
import Configs
import Foundation
import NN
import OrderedCollections
import RemoteFiles
import SearchSpaces
import Tensors
import TestKit
import Testing
import Training
import Vision
import Zoo

@Suite struct SPOSTests {
  private let base: Config = [
    "type": "SPOS",
    "architecture": [
      "type": "MMClsArchitecture",
      "model": [
        "type": "mmcls.ImageClassifier",
        "backbone": ["type": "SearchableShuffleNetV2", "widen_factor": 0.5],
        "neck": ["type": "GlobalAveragePooling"],
        "head": [
          "type": "LinearClsHead", "num_classes": 4, "in_channels": 1024,
          "loss": ["type": "CrossEntropyLoss"],
        ],
      ],
    ],
    "mutator": [
      "type": "OneShotMutator",
      "placeholder_mapping": [
        "all_blocks": [
          "type": "OneShotOP",
          "choices": [
            "shuffle_3x3": ["type": "ShuffleBlock", "kernel_size": 3],
            "shuffle_xception": ["type": "ShuffleXception"],
          ],
        ]
      ],
    ],
  ]

  private func build(_ config: Config, seed: UInt64 = 0) throws -> SPOS {
    let models = BuildContext(
      device: CPU(threads: 1), generator: Generator(seed: seed),
      catalogs: ModelCatalogs.zoo.withSearchSpaces())
    let catalogs = AlgorithmCatalogs.builtIn
    let built = try catalogs.algorithms.build(
      config, path: "algorithm", scope: .mmcls,
      context: AlgorithmContext(
        models: models, catalogs: catalogs,
        files: FileCache(folder: FileManager.default.temporaryDirectory)))
    try built.initializeWeights()
    return try #require(built as? SPOS)
  }

  private func write(_ subnet: [String: String]) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("subnet-\(UUID().uuidString).yaml")
    let lines = subnet.sorted { $0.key < $1.key }.map { "\($0.key):\n  chosen:\n  - \($0.value)\n" }
    try lines.joined().write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private var blocks: [String] {
    [4, 4, 8, 4].enumerated().flatMap { stage, count in
      (0..<count).map { "stage_\(stage)_block_\($0)" }
    }
  }

  private func retraining(_ file: String) -> Config {
    var config = base
    config["retraining"] = true
    config["mutable_cfg"] = .string(file)
    return config
  }

  @Test func aRetrainedSubnetHoldsOnlyItsChosenBlocks() throws {
    let chosen = Dictionary(uniqueKeysWithValues: blocks.map { ($0, "shuffle_3x3") })
    let algorithm = try build(retraining(write(chosen)))
    let keys = algorithm.stateEntries().map(\.name)
    #expect(keys.contains { $0.contains("choices.shuffle_3x3.") })
    #expect(!keys.contains { $0.contains("choices.shuffle_xception.") })
    #expect(keys.allSatisfy { $0.hasPrefix("architecture.model.") })
    let supernet = try build(base).stateEntries().count
    #expect(keys.count < supernet)
  }

  @Test func theCostOfASubnetIsThatOfItsDeployment() throws {
    let supernet = try build(base)
    var generator = Generator(seed: 5)
    let subnet = try #require(supernet.mutator).sampleSubnet(&generator)
    let chosen = Dictionary(uniqueKeysWithValues: blocks.map { ($0, subnet[$0] ?? "") })
    let deployed = try build(retraining(write(chosen)))
    #expect(
      supernet.complexity(of: subnet) == deployed.complexity(height: 224, width: 224))
  }

  @Test func anUnknownChoiceIsNamedWithItsFileAndTheNearestName() throws {
    var chosen = Dictionary(uniqueKeysWithValues: blocks.map { ($0, "shuffle_3x3") })
    chosen["stage_1_block_2"] = "shufle_3x3"
    let file = try write(chosen)
    let error = #expect(throws: (any Error).self) { try build(retraining(file)) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(file))
    #expect(text.contains("stage_1_block_2: there is no choice 'shufle_3x3'"))
    #expect(text.contains("did you mean 'shuffle_3x3'?"))
  }

  @Test func aMissingSubnetFileIsNamedWithItsKey() throws {
    let error = #expect(throws: ConfigError.self) { try build(retraining("no/subnet.yaml")) }
    #expect(
      error.map { "\($0)" }
        == "algorithm.mutable_cfg: no/subnet.yaml: there is no such file")
  }

  @Test func retrainingNeedsASubnet() throws {
    var config = base
    config["retraining"] = true
    #expect(throws: ConfigError.missingKey(path: "algorithm", key: "mutable_cfg")) {
      try build(config)
    }
  }

  @Test func batchStatisticsAreUsedInEvaluationOnlyWhereAsked() throws {
    for asked in [true, false] {
      var config = base
      config["bn_training_mode"] = .bool(asked)
      let algorithm = try build(config)
      algorithm.setTraining(false)
      let norms = algorithm.namedModules().map(\.module).filter { $0 is BatchNorm2d }
      #expect(!norms.isEmpty && norms.allSatisfy { $0.isTraining == asked })
      #expect(!algorithm.isTraining)
    }
  }

  @Test func thePathOfAStepDependsOnSeedAndIterationAlone() throws {
    let algorithm = try build(base)
    let batch = Batch(
      pixels: PixelBatch(
        values: [Float](repeating: 0.5, count: 2 * 3 * 32 * 32), shape: [2, 3, 32, 32]),
      metas: (0..<2).map { ImageMeta(filename: "\($0)", originalFilename: "\($0)") },
      annotations: (0..<2).map { ImageAnnotation(label: $0) }, indices: [0, 1])
    func paths(_ iterations: [Int]) throws -> [Subnet?] {
      try iterations.map { iteration in
        let context = StepContext(
          optimizers: OptimizerSet.named([:]), epoch: 0, iteration: iteration, seed: 9)
        let output = try algorithm.trainStep([batch], context: context)
        #expect(output.loss != nil && output.sampleCount == 2)
        #expect(output.logVariables.last?.0 == "loss")
        return algorithm.mutator?.currentSubnet
      }
    }
    let forward = try paths([0, 1, 2])
    #expect(try paths([2, 1, 0]) == forward.reversed())
    #expect(Set(forward).count > 1)
  }

  @Test func aBatchWithoutLabelsNamesTheKeyThatBringsThem() throws {
    let algorithm = try build(base)
    let meta = ImageMeta(filename: "0", originalFilename: "0")
    let pixels = PixelBatch(
      values: [Float](repeating: 0.5, count: 3 * 32 * 32), shape: [1, 3, 32, 32])
    let batch = Batch(
      pixels: pixels, metas: [meta], annotations: [ImageAnnotation(boxes: [])], indices: [0])
    let context = StepContext(
      optimizers: OptimizerSet.named([:]), epoch: 0, iteration: 0, seed: 9)
    let error = #expect(throws: ArchitectureError.self) {
      try algorithm.trainStep([batch], context: context)
    }
    #expect(
      error?.description
        == "MMClsArchitecture: the batch has no 'gt_label' of its images; let the pipeline end "
        + "with Collect(keys=['img', 'gt_label'])")
    // Predictions need none, but they are of one view.
    #expect(try algorithm.predict(batch).count == 1)
    let view = Batch.View(pixels: pixels, metas: [meta])
    let seenTwice = Batch(
      views: [view, view], annotations: [ImageAnnotation()], indices: [0])
    #expect(
      throws: ArchitectureError.severalViews(architecture: "MMClsArchitecture", count: 2)
    ) {
      try algorithm.predict(seenTwice)
    }
  }
}
