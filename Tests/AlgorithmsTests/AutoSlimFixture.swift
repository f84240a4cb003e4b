import Algorithms
import Annotations
import Configs
import Foundation
import NN
import RemoteFiles
import Tensors
import TestKit
import Vision
import Zoo

/// What `record/autoslim.py` recorded, and the networks it did so with.
struct AutoSlimFixture: Decodable {
  struct Costs: Decodable {
    struct Row: Decodable {
      let subnetFlops: Int
      let deployed: [Int]
    }
    let small: [String: Row]
  }

  let state: [Pair<String, [Int]>]
  let costs: Costs
  let logs: [String: [[Pair<String, Double>]]]

  /// The moves before each step of a network of rectifiers, and how far from the edges they keep it.
  struct Margin: Decodable {
    let moves: [RecordedMoves]
    let edges: RecordedEdges
  }

  private struct Margins: Decodable {
    let margins: [String: Margin]
  }

  static func margin(_ recording: String) throws -> Margin? {
    // Keys are names of parameters, so they stay as they are.
    try JSONDecoder().decode(Margins.self, from: Fixtures.data("autoslim/autoslim.json"))
      .margins[recording]
  }

  static func load() throws -> AutoSlimFixture { try Fixtures.json("autoslim/autoslim.json") }

  static let ratios = (3...12).map { Double($0) / 12 }
  static let labels = [[3, 9, 0, 5], [5, 4, 9, 4]]

  static func config(width: Double = 0.5, channels: Int = 1280, classes: Int = 10) -> Config {
    [
      "type": "AutoSlim",
      "architecture": [
        "type": "MMClsArchitecture",
        "model": [
          "type": "mmcls.ImageClassifier",
          "backbone": ["type": "MobileNetV2", "widen_factor": .float(width)],
          "neck": ["type": "GlobalAveragePooling"],
          "head": [
            "type": "LinearClsHead", "num_classes": .int(classes), "in_channels": .int(channels),
            "loss": ["type": "CrossEntropyLoss"], "topk": .tuple([1]),
          ],
        ],
      ],
      "pruner": ["type": "RatioPruner", "ratios": .tuple(ratios.map { .float($0) })],
      "input_shape": .tuple([3, 64, 64]),
    ]
  }

  static let distiller: Config = [
    "type": "SelfDistiller",
    "components": [
      [
        "student_module": "head.fc", "teacher_module": "head.fc",
        "losses": [["type": "KLDivergence", "name": "loss_kd", "tau": 1, "loss_weight": 1]],
      ]
    ],
  ]

  static func context(drawsWeights: Bool = false, threads: Int = 1) -> AlgorithmContext {
    AlgorithmContext(
      models: BuildContext(
        device: CPU(threads: threads), generator: Generator(seed: 0), catalogs: .zoo,
        drawsWeights: drawsWeights),
      catalogs: .builtIn, files: FileCache(folder: FileManager.default.temporaryDirectory))
  }

  static func build(
    _ config: Config, drawsWeights: Bool = false, threads: Int = 1
  ) throws -> any Algorithm {
    let context = context(drawsWeights: drawsWeights, threads: threads)
    return try context.catalogs.algorithms.build(
      config, path: "algorithm", scope: .mmcls, context: context)
  }

  static func batch(_ step: Int) -> Batch {
    let image = CounterNumbers.image(
      "input.\(step + 1)", shape: [4, 3, 64, 64], on: CPU(threads: 1))
    return Batch(
      pixels: PixelBatch(values: Array(image.floats), shape: image.shape),
      metas: (0..<4).map { ImageMeta(filename: "\($0)", originalFilename: "\($0)") },
      annotations: labels[step].map { ImageAnnotation(label: $0) }, indices: Array(0..<4))
  }
}

extension Module {
  /// Fills parameters and statistics as the fixtures do; masks stay as they are.
  func fillWithCounterNumbers() {
    for (name, entry) in stateEntries()
    where !name.hasSuffix("_mask") && !name.hasSuffix("num_batches_tracked") {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
  }
}
