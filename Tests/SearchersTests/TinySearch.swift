import Algorithms
import Annotations
import Configs
import Foundation
import Logging
import NN
import RemoteFiles
import SearchSpaces
import Searchers
import Tensors
import Training
import Vision
import Zoo

/// A small supernet and a small data set to search on.
struct TinySearch {
  let algorithm: SPOS
  let source: MemorySource
  let folder: URL

  static let config: Config = [
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
            "shuffle_5x5": ["type": "ShuffleBlock", "kernel_size": 5],
            "shuffle_7x7": ["type": "ShuffleBlock", "kernel_size": 7],
            "shuffle_xception": ["type": "ShuffleXception"],
          ],
        ]
      ],
    ],
    "bn_training_mode": true,
    "input_shape": [3, 32, 32],
  ]

  static func algorithm(_ config: Config = Self.config, seed: UInt64 = 0) throws -> SPOS {
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
    guard let algorithm = built as? SPOS else { preconditionFailure("SPOS was built") }
    return algorithm
  }

  init() throws {
    algorithm = try Self.algorithm()
    var generator = Generator(seed: 1)
    let batches = (0..<2).map { number in
      Batch(
        pixels: PixelBatch(
          values: (0..<8 * 32 * 32 * 3).map { _ in Float(generator.normal()) },
          shape: [8, 3, 32, 32]),
        metas: (0..<8).map { ImageMeta(filename: "\($0)", originalFilename: "\($0)") },
        annotations: (0..<8).map { ImageAnnotation(label: ($0 + number) % 4) },
        indices: (0..<8).map { number * 8 + $0 })
    }
    source = MemorySource(dataset: TinyDataset(), batches: batches)
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmrazor-search-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func searcher(_ settings: Config) throws -> any Searcher {
    try SearcherCatalog.builtIn.build(
      settings, path: "searcher", scope: .mmcls,
      context: SearchContext(
        algorithm: algorithm, device: CPU(threads: 1), source: source, folder: folder, seed: 3,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
  }

  /// The `final_subnet_*.yaml` in the folder.
  func result() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let name = names.first(where: { $0.hasPrefix("final_subnet_") }) else { return "" }
    return try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }
}

/// Labels for the batches of ``TinySearch``; its pictures are never asked for.
private struct TinyDataset: LabelledDataset {
  let classes = ["a", "b", "c", "d"]
  var labels: [Int] { (0..<16).map { ($0 % 8 + $0 / 8) % 4 } }
  var count: Int { 16 }

  func sample(at index: Int, generator: inout Generator) throws(VisionError) -> Sample {
    throw .unreadable(file: "\(index)", reason: "there are no pictures")
  }
}
