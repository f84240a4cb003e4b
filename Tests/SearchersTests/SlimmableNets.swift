import Algorithms
import Annotations
import Configs
import Foundation
import Logging
import NN
import Pruning
import RemoteFiles
import Searchers
import Synchronization
import Tensors
import TestKit
import Training
import Vision
import Zoo

/// A slimmable network with counted weights, as `record/greedy.py` has it, and data to search on.
struct SlimmableSearch {
  let algorithm: any Algorithm
  let folder: URL
  let log = MessageLog()

  static func config(_ backbone: Config, channels: Int) -> Config {
    [
      "type": "AutoSlim",
      "architecture": [
        "type": "MMClsArchitecture",
        "model": [
          "type": "mmcls.ImageClassifier",
          "backbone": backbone,
          "neck": ["type": "GlobalAveragePooling"],
          "head": [
            "type": "LinearClsHead", "num_classes": 10, "in_channels": .int(channels),
            "loss": ["type": "CrossEntropyLoss"], "topk": [1],
          ],
        ],
      ],
      "pruner": ["type": "RatioPruner", "ratios": [0.5, 1.0]],
      "bn_training_mode": true,
      "input_shape": [3, 64, 64],
    ]
  }

  static let mobileNet = config(["type": "MobileNetV2", "widen_factor": 0.5], channels: 1280)
  static let resNet = config(["type": "ResNet", "depth": 18], channels: 512)

  init(_ config: Config = Self.mobileNet) throws {
    let device = CPU(threads: 1)
    let context = AlgorithmContext(
      models: BuildContext(
        device: device, generator: Generator(seed: 0), catalogs: .zoo, drawsWeights: false),
      catalogs: .builtIn, files: FileCache(folder: FileManager.default.temporaryDirectory))
    let algorithm = try context.catalogs.algorithms.build(
      config, path: "algorithm", scope: .mmcls, context: context)
    for (name, entry) in algorithm.stateEntries()
    where !name.hasSuffix("_mask") && !name.hasSuffix("num_batches_tracked") {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
    try self.init(algorithm)
  }

  init(_ algorithm: any Algorithm) throws {
    self.algorithm = algorithm
    folder = FileManager.default.temporaryDirectory
      .appending(path: "mmrazor-greedy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() {
    try? FileManager.default.removeItem(at: folder)
  }

  var context: SearchContext {
    let (sink, device) = (log, CPU(threads: 1))
    return SearchContext(
      algorithm: algorithm, device: device, source: Self.source, folder: folder, seed: 0,
      logger: Logger(label: "test") { _ in sink })
  }

  /// Two batches of noise.
  private static var source: MemorySource {
    MemorySource(
      dataset: NoiseSet(),
      batches: (0..<2).map { number in
        let image = CounterNumbers.image(
          "input.\(number + 1)", shape: [4, 3, 64, 64], on: CPU(threads: 1))
        return Batch(
          pixels: PixelBatch(values: Array(image.floats), shape: image.shape),
          metas: (0..<4).map { ImageMeta(filename: "\($0)", originalFilename: "\($0)") },
          annotations: (0..<4).map { ImageAnnotation(label: $0) },
          indices: (0..<4).map { number * 4 + $0 })
      })
  }

  /// - Parameter scoring: what stands in for accuracy.
  func searcher(_ settings: Config, scoring: GreedySearcher.Scoring? = nil) throws -> any Searcher {
    guard let scoring else {
      return try SearcherCatalog.builtIn.build(
        settings, path: "searcher", scope: .mmcls, context: context)
    }
    var settings = settings
    settings["type"] = nil
    var reader = try ConfigReader(settings, path: "searcher")
    return try GreedySearcher(
      GreedySettings(&reader), in: context, path: "searcher", scoring: scoring)
  }

  /// What the searcher left: the channels of each layer, by file.
  func results() throws -> [String: ChannelConfig] {
    var results: [String: ChannelConfig] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name.hasPrefix("subnet_") {
      var config = try ChannelConfig(contentsOf: folder.appending(path: name).path)
      config.file = nil
      results[name] = config
    }
    return results
  }
}

/// Labels for batches of noise; its pictures are never asked for.
private struct NoiseSet: LabelledDataset {
  let classes = (0..<10).map(String.init)
  var labels: [Int] { [0, 1, 2, 3, 0, 1, 2, 3] }
  var count: Int { 8 }

  func sample(at index: Int, generator: inout Generator) throws(VisionError) -> Sample {
    throw .unreadable(file: "\(index)", reason: "there are no pictures")
  }
}

/// Keeps what is logged.
final class MessageLog: LogHandler {
  private let texts = Mutex<[String]>([])

  var lines: [String] { texts.withLock(\.self) }

  func log(event: LogEvent) {
    texts.withLock { $0.append("\(event.message)") }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .info }
    set {}
  }
}
