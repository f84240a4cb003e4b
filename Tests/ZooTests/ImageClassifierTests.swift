import Configs
import NN
import Tensors
import TestKit
import Testing
import Zoo

@Suite struct ImageClassifierTests {
  /// Halves the resolution and widens to 4 channels.
  final class TinyBackbone: BaseModule, Backbone {
    @Child var conv: Conv2d

    init(in context: BuildContext) {
      conv = Conv2d(
        3, 4, kernel: [3, 3], geometry: ConvolutionGeometry(stride: [2, 2], padding: [1, 1]),
        in: context)
      super.init()
    }

    func forward(_ images: Tensor) -> [Tensor] {
      let features = conv(images)
      return [features, features * 2]
    }
  }

  let context: BuildContext

  init() {
    var catalogs = ModelCatalogs.zoo
    catalogs.backbones = catalogs.backbones.joined(
      with: Catalog(
        "backbone", scope: .mmcls, ["Tiny": { _, context in TinyBackbone(in: context) }])
    )
    context = BuildContext(device: CPU(), generator: Generator(seed: 1), catalogs: catalogs)
  }

  static let config: Config = [
    "type": "mmcls.ImageClassifier",
    "backbone": ["type": "Tiny"],
    "neck": ["type": "GlobalAveragePooling"],
    "head": [
      "type": "LinearClsHead", "num_classes": 5, "in_channels": 4, "topk": .tuple([1, 5]),
      "cal_acc": true,
    ],
  ]

  func build(_ config: Config) throws -> ImageClassifier {
    let module = try context.catalogs.models.build(
      config, path: "model", scope: .mmcls, context: context)
    return try #require(module as? ImageClassifier)
  }

  var images: Tensor { CounterNumbers.image("input", shape: [2, 3, 8, 8], on: context.device) }

  @Test func scoresAreProbabilitiesOfTheLastFeature() throws {
    let model = try build(Self.config)
    let scores = model.scores(images: images)
    #expect(scores.shape == [2, 5])
    for row in 0..<2 {
      #expect(abs(scores.values[(row * 5)..<(row * 5 + 5)].reduce(0, +) - 1) < 1e-5)
    }
    let features = model.extractFeatures(images)
    #expect(features.map(\.shape) == [[2, 4], [2, 4]])
    #expect(relativeError(features[1], features[0].values.map { 2 * $0 }) < 1e-6)
    #expect(model.head.classCount == 5)
    #expect(
      model.stateEntries().map(\.name) == [
        "backbone.conv.weight", "backbone.conv.bias", "head.fc.weight", "head.fc.bias",
      ])
  }

  @Test func reportsLossesAndAccuracyInOrder() throws {
    let model = try build(Self.config)
    let tape = Tape()
    let losses = try model.forwardTrain(images: tape.watch(images), labels: .labels([4, 0]))
    #expect(losses.map(\.name) == ["top-1", "top-5", "loss"])
    tape.backward(from: losses[2].value)
    for (name, parameter) in model.namedParameters() {
      guard case .value = parameter.gradient else {
        Issue.record("\(name) got no gradient")
        continue
      }
    }
  }

  @Test func labelsOutsideOfTheClassesAreAnError() throws {
    let model = try build(Self.config)
    #expect(throws: LossError.labelOutOfRange(label: 5, classCount: 5)) {
      _ = try model.forwardTrain(images: images, labels: .labels([0, 5]))
    }
  }

  @Test func headIsInitialisedByItsRule() throws {
    let model = try build(Self.config)
    try model.initializeWeights(in: context)
    let fc = model.namedParameters(prefix: "").filter { $0.name.hasPrefix("head.fc") }
    #expect(fc[0].parameter.value.values.allSatisfy { abs($0) < 0.06 })
    #expect(fc[1].parameter.value.values.allSatisfy { $0 == 0 })
  }

  @Test func pretrainedIsAskedForAtTheModel() throws {
    var config = Self.config
    config["pretrained"] = "a.pth"
    let model = try build(config)
    var asked: [(PretrainedWeights, Module)] = []
    context.loadPretrained = { asked.append(($0, $1)) }
    defer { context.loadPretrained = nil }
    try model.initializeWeights(in: context)
    #expect(asked.map(\.0) == [PretrainedWeights(checkpoint: "a.pth", path: "model.pretrained")])
    #expect(asked.first?.1 === model)
  }

  @Test func mistakesNameTheirPlace() throws {
    var config = Self.config
    config["backbone"] = ["type": "Tinny"]
    #expect(
      throws: ConfigError.unknownType(
        path: "model.backbone.type", kind: "backbone", name: "Tinny", nearest: "Tiny")
    ) { try build(config) }
    config = Self.config
    config["head"]?["num_class"] = 3
    #expect(
      throws: ConfigError.unknownKey(path: "model.head", key: "num_class", nearest: "num_classes")
    ) { try build(config) }
    config = Self.config
    config["head"]?["topk"] = .tuple([1, 0])
    #expect(
      throws: ConfigError.invalidValue(
        path: "model.head.topk", message: "top-k must be larger than 0")
    ) { try build(config) }
    config = Self.config
    config["head"]?["loss"] = ["type": "LabelSmoothLoss", "label_smooth_val": 1.0]
    #expect(throws: ConfigError.self) { try build(config) }
    config = Self.config
    config["head"] = nil
    #expect(throws: ConfigError.missingKey(path: "model", key: "head")) { try build(config) }
  }

  @Test func batchAugmentationsThatAreNotThereAreNotPassedOver() {
    var config = Self.config
    config["train_cfg"] = ["augments": [["type": "BatchMixup", "alpha": 0.2, "num_classes": 5]]]
    #expect(
      throws: ConfigError.unknownType(
        path: "model.train_cfg.augments.0.type", kind: "batch augmentation", name: "BatchMixup",
        nearest: nil)
    ) { try build(config) }
  }
}
