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

  /// - Parameter predictions: one for each image of the data set; `nil` of one that was skipped.
  func write(
    metrics: [MetricEntry], predictions: [Prediction?], classes: [String], items: [ResultItem]
  ) throws {
    let scores = predictions.map { $0?.classScores }
    var entries: [(String, Config)] = metrics.map { ($0.name, Config($0.value)) }
    let best = scores.map { row in
      row.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }
    }
    /// A value for each image, from its scores and the best class.
    func each(_ value: (_ row: [Float], _ best: Int) -> Config) -> [Config] {
      zip(scores, best).map { row, best in
        if let row, let best { value(row, best) } else { .none }
      }
    }
    for item in items {
      let values: [Config] =
        switch item {
        case .classScores: each { row, _ in .list(row.map { .float(Double($0)) }) }
        case .predictedScore: each { row, best in .float(Double(row[best])) }
        case .predictedLabel: each { _, best in .int(best) }
        case .predictedClass:
          each { _, best in
            .string(classes.indices.contains(best) ? classes[best] : String(best))
          }
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
