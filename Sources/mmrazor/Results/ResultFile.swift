internal import Annotations
internal import Checkpoints
internal import Configs
internal import Foundation
internal import OrderedCollections
internal import Vision

/// The file of `test --out`: metrics, and predictions image by image.
struct ResultFile {
  enum Format { case json, yaml, pickle }

  let path: String
  let format: Format

  /// - Throws: `CommandError.unknownOutput` unless the name ends in a known format.
  init(path: String) throws {
    self.path = path
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "json": format = .json
    case "yaml", "yml": format = .yaml
    case "pkl", "pickle": format = .pickle
    default: throw CommandError.unknownOutput(file: path)
    }
  }

  func write(
    metrics: [MetricEntry], predictions: [Prediction], classes: [String], items: [ResultItem]
  ) throws {
    let scores = predictions.compactMap(\.classScores)
    var entries: [(String, Config)] = metrics.map { ($0.name, Config($0.value)) }
    let best = scores.map { row in
      row.indices.max { row[$0] < row[$1] } ?? 0
    }
    for item in items {
      let values: [Config] =
        switch item {
        case .classScores: scores.map { .list($0.map { .float(Double($0)) }) }
        case .predictedScore: zip(scores, best).map { .float(Double($0[$1])) }
        case .predictedLabel: best.map { .int($0) }
        case .predictedClass:
          best.map { .string(classes.indices.contains($0) ? classes[$0] : String($0)) }
        }
      entries.append((item.rawValue, .list(values)))
    }
    let tree = Config.dict(
      .init(entries.map { (.string($0.0), $0.1) }, uniquingKeysWith: { _, last in last }))
    if format == .pickle {
      try Pickle.write(PickleValue(tree), to: path)
      return
    }
    let text = format == .json ? JSONPrinter.print(tree) : YAMLPrinter.print(tree)
    let url = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw CommandError.unwritable(file: path, reason: error.localizedDescription)
    }
    try AtomicFile.write(Array(text.utf8), to: path)
  }
}

extension Config {
  fileprivate init(_ value: MetricEntry.Value) {
    switch value {
    case .scalar(let number): self = .float(number)
    case .perClass(let numbers): self = .list(numbers.map { .float($0) })
    }
  }
}

extension PickleValue {
  /// The same values as Python objects.
  fileprivate init(_ config: Config) {
    switch config {
    case .none, .opaque: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .bigInt(let text): self = .string(text)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .list(let items): self = .list(items.map(PickleValue.init))
    case .tuple(let items): self = .tuple(items.map(PickleValue.init))
    case .dict(let entries):
      var dictionary = PickleDictionary()
      for (key, value) in entries { dictionary[.string(key.text)] = PickleValue(value) }
      self = .dict(dictionary)
    }
  }
}
