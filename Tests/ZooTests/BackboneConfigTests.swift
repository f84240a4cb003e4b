import Configs
import NN
import OrderedCollections
import Tensors
import TestKit
import Testing
import Zoo

/// How backbones are configured, initialised and put into models.
@Suite struct BackboneConfigTests {
  static let mistakes: [(config: Config, message: String)] = [
    (
      ["type": "MobileNetV2", "widen_facter": 1.0],
      "model.backbone.widen_facter: unknown key; did you mean 'widen_factor'?"
    ),
    (
      ["type": "MobileNetV2", "widen_factor": -1.0],
      "model.backbone.widen_factor: expected a width above 0 and up to 64, found -1.0"
    ),
    (
      ["type": "MobileNetV2", "widen_factor": .float(.nan)],
      "model.backbone.widen_factor: expected a width above 0 and up to 64, found nan"
    ),
    (
      ["type": "MobileNetV2", "out_indices": .tuple([8])],
      "model.backbone.out_indices: 8 is outside of 0 to 7"
    ),
    (
      ["type": "MobileNetV2", "frozen_stages": 8],
      "model.backbone.frozen_stages: 8 is outside of -1 to 7"
    ),
    (
      ["type": "MobileNetV2", "norm_cfg": ["type": "LN"]],
      "model.backbone.norm_cfg.type: there is no normalisation layer named 'LN'; "
        + "did you mean 'BN'?"
    ),
    (
      ["type": "ShuffleNetV2", "widen_factor": 0.75],
      "model.backbone.widen_factor: expected one of 0.5, 1.0, 1.5, 2.0, found 0.75"
    ),
    (
      ["type": "ShuffleNetV2", "out_indices": .tuple([4])],
      "model.backbone.out_indices: 4 is outside of 0 to 3"
    ),
    (
      ["type": "ShuffleNetV2", "frozen_stages": 4],
      "model.backbone.frozen_stages: 4 is outside of -1 to 3"
    ),
    (["type": "ResNet"], "model.backbone.depth: this key is required"),
    (
      ["type": "ResNet", "depth": 20],
      "model.backbone.depth: expected one of 18, 34, 50, 101, 152, found 20"
    ),
    (
      ["type": "ResNet", "depth": 18, "num_stages": 5],
      "model.backbone.num_stages: 5 is outside of 1 to 4"
    ),
    (
      ["type": "ResNet", "depth": 18, "num_stages": 3],
      "model.backbone.strides: expected 3 positive numbers, one for each stage, "
        + "found [1, 2, 2, 2]"
    ),
    (
      ["type": "ResNet", "depth": 18, "dilations": .tuple([1, 1, 0, 1])],
      "model.backbone.dilations: expected 4 positive numbers, one for each stage, "
        + "found [1, 1, 0, 1]"
    ),
    (
      ["type": "ResNet", "depth": 18, "out_indices": .tuple([4])],
      "model.backbone.out_indices: 4 is outside of 0 to 3"
    ),
    (
      ["type": "ResNet", "depth": 18, "out_indices": .tuple([])],
      "model.backbone.out_indices: expected at least one stage"
    ),
    (
      ["type": "ResNet", "depth": 18, "expansion": 4],
      "model.backbone.expansion: the blocks of ResNet-18 have expansion 1, not 4"
    ),
    (
      ["type": "ResNet", "depth": 50, "expansion": 0],
      "model.backbone.expansion: expected a number from 1 to 65536, found 0"
    ),
    (
      ["type": "ResNet", "depth": 50, "base_channels": 1_000_000],
      "model.backbone.base_channels: expected a number from 1 to 65536, found 1000000"
    ),
    (
      ["type": "ResNet", "depth": 50, "style": "tensorflow"],
      "model.backbone.style: expected 'pytorch' or 'caffe', found 'tensorflow'"
    ),
    (
      ["type": "ResNet", "depth": 50, "frozen_stages": 5],
      "model.backbone.frozen_stages: 5 is outside of -1 to 4"
    ),
    (
      ["type": "ResNet", "depth": 50, "drop_path_rate": 1],
      "model.backbone.drop_path_rate: expected a rate from 0 up to but not including 1, found 1.0"
    ),
    (
      ["type": "ResNet", "depth": 50, "norm_cfg": .none],
      "model.backbone.norm_cfg: expected dict, found None"
    ),
    (
      ["type": "ResNet", "depth": 50, "deep_stem": true, "stem_channels": 1],
      "model.backbone.stem_channels: a deep stem needs at least 2 channels, found 1"
    ),
    (
      ["type": "ResNetV1c", "depth": 50, "deep_stem": false],
      "model.backbone.deep_stem: unknown key"
    ),
    (
      ["type": "ResNet_CIFAR", "depth": 18, "deep_stem": true],
      "model.backbone.deep_stem: a ResNet_CIFAR has a stem of its own"
    ),
    (
      ["type": "Resnet", "depth": 18],
      "model.backbone.type: there is no backbone named 'Resnet'; did you mean 'ResNet'?"
    ),
  ]

  @Test(arguments: mistakes)
  func mistakesNameTheirPlace(config: Config, message: String) throws {
    let error = #expect(throws: ConfigError.self) { try BuiltBackbone(config) }
    #expect(error.map { "\($0)" } == message)
  }

  /// What the original refuses, we refuse.
  @Test func refusesWhatTheOriginalRefuses() throws {
    for row in RecordedBackbone.json("backbones/mistakes.json").items ?? [] {
      let config = try #require(row["config"])
      #expect(row["error"]?.text != nil)
      #expect(throws: ConfigError.self, "\(config)") { try BuiltBackbone(config) }
    }
  }

  @Test func startsWithTheDistributionsOfTheOriginal() throws {
    let facts = RecordedBackbone.json("backbones/initial.json")
    for (key, entry) in try #require(facts.dictionary) {
      let built = try BuiltBackbone(#require(entry["config"]), drawsWeights: true)
      let parameters = built.backbone.namedParameters()
      let rows = try #require(entry["rows"]?.items)
      #expect(parameters.count == rows.count)
      for (row, (name, parameter)) in zip(rows, parameters) {
        let cells = try #require(row.items)
        #expect(cells[0].text == name)
        let mean = try Double(config: cells[2], path: .root)
        let deviation = try Double(config: cells[3], path: .root)
        let values = parameter.value.values.map(Double.init)
        let ownMean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - ownMean) * ($1 - ownMean) }
        let own = (variance / Double(max(values.count - 1, 1))).squareRoot()
        let slack = 6 / Double(values.count).squareRoot()
        #expect(abs(own - deviation) <= slack * deviation, "\(key.text): \(name)")
        #expect(abs(ownMean - mean) <= 1.5 * slack * deviation, "\(key.text): \(name)")
      }
    }
  }

  @Test func zeroesOnlyWhatTheConfigAsksFor() throws {
    for asked in [true, false] {
      let built = try BuiltBackbone(
        ["type": "ResNet", "depth": 50, "zero_init_residual": .bool(asked)], drawsWeights: true)
      for (name, parameter) in built.backbone.namedParameters() where name.hasSuffix("bn3.weight") {
        #expect(parameter.value.values.allSatisfy { $0 == (asked ? 0 : 1) }, "\(name)")
      }
    }
  }

  @Test func droppingPathsLeavesOutBlocksForSomeSamplesInTrainingOnly() throws {
    func outputs(training: Bool, rate: Double) throws -> [Float] {
      let built = try BuiltBackbone(
        [
          "type": "ResNet", "depth": 18, "base_channels": 8, "stem_channels": 8,
          "drop_path_rate": .float(rate),
        ], filled: true)
      built.backbone.setTraining(training)
      built.backbone.forEachModule { ($0 as? BatchNorm2d)?.setTraining(false) }
      let images = CounterNumbers.image("input", shape: [2, 3, 32, 32], on: built.device)
      return built.backbone(images)[0].values
    }
    let plain = try outputs(training: false, rate: 0)
    #expect(relativeError(try outputs(training: false, rate: 0.5), plain) < 1e-6)
    #expect(relativeError(try outputs(training: true, rate: 0), plain) < 1e-6)
    #expect(relativeError(try outputs(training: true, rate: 0.5), plain) > 1e-2)
  }

  /// A frozen part keeps its running statistics through a step, the others do not.
  @Test(arguments: ["MobileNetV2", "ShuffleNetV2", "ResNet"])
  func frozenStagesKeepTheirStatistics(type: String) throws {
    var config: Config = ["type": .string(type), "frozen_stages": 1]
    if type == "ResNet" { config["depth"] = 18 }
    let built = try BuiltBackbone(config, filled: true)
    built.backbone.setTraining(true)
    let images = CounterNumbers.image("input", shape: [2, 3, 32, 32], on: built.device)
    func statistics() -> [String: [Float]] {
      var result: [String: [Float]] = [:]
      for (name, entry) in built.backbone.stateEntries() where name.contains("running_mean") {
        result[name] = entry.value.values
      }
      return result
    }
    let before = statistics()
    _ = built.backbone(images)
    for (name, values) in statistics() {
      // MobileNetV2 and ShuffleNetV2 freeze the first convolution, but not its statistics.
      let frozen: Bool =
        switch type {
        case "MobileNetV2": name.hasPrefix("layer1.")
        case "ShuffleNetV2": name.hasPrefix("layers.0.")
        default: name.hasPrefix("bn1.") || name.hasPrefix("layer1.")
        }
      #expect((values == before[name]) == frozen, "\(name)")
    }
  }

  @Test(arguments: [
    "configs/distill/wsld/wsld_cls_head_resnet34_resnet18_8xb32_in1k.py",
    "configs/distill/rkd/rkd_neck_resnet34_resnet18_8xb32_in1k.py",
  ])
  func studentsAndTeachersOfTheRecipesAreBuilt(file: String) throws {
    let upstream = RecordedBackbone.json("configs/upstream.json")
    let algorithm = try #require(upstream[file]?["value"]?["algorithm"])
    let context = BuildContext(
      device: CPU(), generator: Generator(seed: 0), catalogs: .zoo, drawsWeights: false)
    for (config, parameters) in [
      (algorithm["architecture"]?["model"], 11_689_512),
      (algorithm["distiller"]?["teacher"], 21_797_672),
    ] {
      let model = try context.catalogs.models.build(
        #require(config), path: "model", scope: .mmcls, context: context)
      #expect(model.trainedParameterCount == parameters)
      let classifier = try #require(model as? ImageClassifier)
      try classifier.checkFit(path: "model", on: context.device)
      guard parameters == 11_689_512 else { continue }
      // The figure of the literature leaves the classifier's linear layer out.
      let cost = classifier.complexity(input: [3, 224, 224], on: context.device)
      #expect(cost.flops == 1_821_664_768 + 512 * 1000)
    }
  }

  /// The check of a model's parts must not send colours into a net for grey images.
  @Test func aNetForGreyImagesIsCheckedWithGreyImages() throws {
    var config: Config = [
      "type": "ImageClassifier", "backbone": ["type": "ResNet", "depth": 18, "in_channels": 1],
      "neck": ["type": "GlobalAveragePooling"],
      "head": ["type": "LinearClsHead", "num_classes": 4, "in_channels": 512],
    ]
    let context = BuildContext(
      device: CPU(), generator: Generator(seed: 0), catalogs: .zoo, drawsWeights: false)
    func check() throws {
      let model = try context.catalogs.models.build(
        config, path: "model", scope: .mmcls, context: context)
      try #require(model as? ImageClassifier).checkFit(path: "model", on: context.device)
    }
    try check()
    config["head"]?["in_channels"] = 2048
    let error = #expect(throws: ConfigError.self) { try check() }
    #expect(
      error.map { "\($0)" } == "model.head.in_channels: the head expects features of 2048 "
        + "channels, but backbone and neck give 512")
  }
}
