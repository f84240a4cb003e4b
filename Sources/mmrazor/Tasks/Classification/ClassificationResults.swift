internal import Annotations
internal import Configs
internal import Foundation
internal import OrderedCollections
internal import Vision

/// The result file of mmcls: metrics, and class scores image by image.
struct ClassificationResults: ResultWriter {
  /// A column of the file: a value for each image.
  private enum Item: String, CaseIterable {
    case classScores = "class_scores"
    case predictedScore = "pred_score"
    case predictedLabel = "pred_label"
    case predictedClass = "pred_class"
  }

  let endings = ["json", "yaml", "yml", "pkl"]
  var itemNames: [String] { Item.allCases.map(\.rawValue) }

  func text(of metrics: [MetricEntry]) -> String {
    metrics.map { "\n\($0.name) : \($0.text)" }.joined(separator: "\n")
  }

  func write(_ results: TestResults, items: [String], to path: String) throws {
    let scores = results.predictions.map { $0?.classScores }
    let best = scores.map { row in
      row.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }
    }
    /// A value for each image, from its scores and the best class.
    func each(_ value: (_ row: [Float], _ best: Int) -> Config) -> [Config] {
      zip(scores, best).map { row, best in
        if let row, let best { value(row, best) } else { .none }
      }
    }
    let classes = results.classes
    var entries: [(String, Config)] = results.metrics.map { ($0.name, Config($0.value)) }
    for item in Item.allCases where items.contains("all") || items.contains(item.rawValue) {
      guard !items.contains("none") else { break }
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
    try ResultFile.write(
      .dict(.init(entries.map { (.string($0.0), $0.1) }, uniquingKeysWith: { _, last in last })),
      to: path)
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

extension MetricEntry {
  /// `66.67`, or a list of such.
  fileprivate var text: String {
    switch value {
    case .scalar(let number): String(format: "%.2f", number)
    case .perClass(let numbers):
      "[" + numbers.map { String(format: "%.2f", $0) }.joined(separator: " ") + "]"
    }
  }
}
