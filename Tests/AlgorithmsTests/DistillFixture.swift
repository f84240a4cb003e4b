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

/// The steps that `record/distill.py` recorded, and the networks that took them.
struct DistillFixture: Decodable {
  struct Case: Decodable {
    let logs: [[Pair<String, Double>]]
    let keys: [Pair<String, [Int]>]
    /// The parameters that the optimizer has a state for.
    let states: Int
    let parameters: Int
  }

  let labels: [[Int]]
  let rate: Double
  let momentum: Double
  let decay: Double
  let wsld: Case
  let rkd: Case

  static func load() throws -> DistillFixture {
    try Fixtures.json("distillation/steps.json")
  }

  static func classifier(depth: Int, classes: Int = 10) -> Config {
    [
      "type": "mmcls.ImageClassifier",
      "backbone": [
        "type": "ResNet", "depth": .int(depth), "num_stages": 4, "out_indices": .tuple([3]),
        "style": "pytorch",
      ],
      "neck": ["type": "GlobalAveragePooling"],
      "head": [
        "type": "LinearClsHead", "num_classes": .int(classes), "in_channels": 512,
        "loss": ["type": "CrossEntropyLoss", "loss_weight": 1.0], "topk": .tuple([1, 5]),
      ],
    ]
  }

  static let wsldComponent: Config = [
    "student_module": "head.fc", "teacher_module": "head.fc",
    "losses": [
      ["type": "WSLD", "name": "loss_wsld", "tau": 2, "loss_weight": 2.5, "num_classes": 10]
    ],
  ]

  static let rkdComponent: Config = [
    "student_module": "neck.gap", "teacher_module": "neck.gap",
    "losses": [
      [
        "type": "DistanceWiseRKD", "name": "distance_wise_loss", "loss_weight": 25.0,
        "with_l2_norm": true,
      ],
      [
        "type": "AngleWiseRKD", "name": "angle_wise_loss", "loss_weight": 50.0,
        "with_l2_norm": true,
      ],
    ],
  ]

  /// Upstream's recipe for ten classes, with a teacher of random weights.
  static func config(_ components: [Config], studentDepth: Int = 18, teacherDepth: Int = 34)
    -> Config
  {
    var teacher = classifier(depth: teacherDepth)
    teacher["init_cfg"] = Config.none
    return [
      "type": "GeneralDistill",
      "architecture": ["type": "MMClsArchitecture", "model": classifier(depth: studentDepth)],
      "with_student_loss": true, "with_teacher_loss": false,
      "distiller": [
        "type": "SingleTeacherDistiller", "teacher": teacher, "teacher_trainable": false,
        "teacher_norm_eval": true, "components": .list(components),
      ],
    ]
  }

  static func build(
    _ config: Config, warn: @escaping (String) -> Void = { _ in }
  ) throws -> any Algorithm {
    let context = AlgorithmContext(
      models: BuildContext(
        device: CPU(threads: 1), generator: Generator(seed: 0), catalogs: .zoo,
        drawsWeights: true),
      catalogs: .builtIn, files: FileCache(folder: FileManager.default.temporaryDirectory),
      warn: warn)
    return try context.catalogs.algorithms.build(
      config, path: "algorithm", scope: .mmcls, context: context)
  }

  static func batch(_ step: Int, labels: [Int]) -> Batch {
    let image = CounterNumbers.image(
      "input.\(step + 10)", shape: [4, 3, 64, 64], on: CPU(threads: 1))
    return Batch(
      pixels: PixelBatch(values: Array(image.floats), shape: image.shape),
      metas: (0..<4).map { ImageMeta(filename: "\($0)", originalFilename: "\($0)") },
      annotations: labels.map { ImageAnnotation(label: $0) }, indices: Array(0..<4))
  }
}
