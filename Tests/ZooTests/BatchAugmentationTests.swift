import Configs
import NN
import Tensors
import TestKit
import Testing
import Zoo

/// Augmentations that a test registers stand in for those of mmcls.
@Suite("Batch augmentations")
struct BatchAugmentationTests {
  /// Gives every image the first one's target, and counts its batches.
  private final class FirstTarget: Module, BatchAugmentation {
    let probability: Double
    var generator = Generator(seed: 0)
    private(set) var batchCount = 0

    init(probability: Double) {
      self.probability = probability
      super.init()
    }

    func mixed(
      _ images: Tensor, _ targets: ClassificationTargets
    ) -> (images: Tensor, targets: ClassificationTargets) {
      batchCount += 1
      guard case .labels(let labels) = targets else { return (images, targets) }
      return (images, .labels(labels.map { _ in labels[0] }))
    }
  }

  private let config: Config = [
    "type": "ImageClassifier",
    "backbone": ["type": "MobileNetV2", "widen_factor": 0.25],
    "neck": ["type": "GlobalAveragePooling"],
    "head": ["type": "LinearClsHead", "num_classes": 3, "in_channels": 1280],
  ]

  private func build(_ augments: Config?) throws -> ImageClassifier {
    var catalogs = ModelCatalogs.zoo
    catalogs.batchAugmentations.add("FirstTarget", scope: .mmcls) { reader, _ in
      FirstTarget(probability: try reader.read("prob"))
    }
    let context = BuildContext(
      device: CPU(threads: 1), generator: Generator(seed: 1), catalogs: catalogs)
    var config = config
    if let augments { config["train_cfg"] = ["augments": augments] }
    let model = try catalogs.models.build(config, path: "model", scope: .mmcls, context: context)
    return try #require(model as? ImageClassifier)
  }

  private func augmentations(of model: ImageClassifier) -> [FirstTarget] {
    model.namedModules().compactMap { $0.module as? FirstTarget }
  }

  private let images = CounterNumbers.image("input", shape: [2, 3, 32, 32], on: CPU(threads: 1))

  @Test("training sees the mixed batch, evaluation does not, and checkpoints know nothing of it")
  func mixing() throws {
    let (plain, mixed) = (try build(nil), try build(["type": "FirstTarget", "prob": 1.0]))
    #expect(plain.stateEntries().map(\.name) == mixed.stateEntries().map(\.name))
    for model in [plain, mixed] { model.setTraining(true) }
    func loss(_ model: ImageClassifier, _ labels: [Int]) throws -> Float {
      try #require(try model.forwardTrain(images: images, labels: .labels(labels)).last).value
        .scalar
    }
    #expect(try loss(mixed, [2, 0]) == loss(mixed, [2, 1]))
    #expect(try loss(plain, [2, 0]) != loss(plain, [2, 1]))
    #expect(augmentations(of: mixed).map(\.batchCount) == [2])
    mixed.setTraining(false)
    #expect(try loss(mixed, [2, 0]) != loss(mixed, [2, 1]))
    #expect(augmentations(of: mixed).map(\.batchCount) == [2])
  }

  @Test("at most one is drawn for a batch, by the probabilities")
  func drawing() throws {
    let model = try build([
      ["type": "FirstTarget", "prob": 0.5], ["type": "mmcls.FirstTarget", "prob": 0.25],
      ["type": "FirstTarget", "prob": 0.0],
    ])
    model.setTraining(true)
    for _ in 0..<60 {
      _ = try model.forwardTrain(images: images, labels: .labels([0, 1]))
    }
    let counts = augmentations(of: model).map(\.batchCount)
    #expect(counts.count == 3 && counts[2] == 0)
    #expect((20...40).contains(counts[0]) && (6...26).contains(counts[1]))
    #expect(counts[0] + counts[1] < 60)
  }

  @Test("a kind that a target above brings has a catalog of its own")
  func kinds() throws {
    enum Anchors: ComponentKind {
      typealias Product = Int
      typealias Context = Void
      static let name = "prior generator"
    }
    var catalogs = ModelCatalogs.zoo
    catalogs[Anchors.self].add("Grid", scope: .mmdet) { reader, _ in try reader.read("stride") }
    let built = try catalogs[Anchors.self].build(
      ["type": "Grid", "stride": 8], path: "anchors", scope: .mmdet, context: ())
    #expect(built == 8)
    let error = #expect(throws: ConfigError.self) {
      try ModelCatalogs.zoo[Anchors.self].build(
        ["type": "Grid"], path: "anchors", scope: .mmdet, context: ())
    }
    #expect(error?.description == "anchors.type: there is no prior generator named 'Grid'")
  }
}
