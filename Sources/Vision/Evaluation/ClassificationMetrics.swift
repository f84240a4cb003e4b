internal import Configs
internal import Foundation

/// The metrics of mmcls for single-label classification.
public enum ClassificationMetrics {
  /// The names in the order in which results are listed (not the order in which they are asked).
  public static let names = ["accuracy", "support", "precision", "recall", "f1_score"]

  /// Compares scores with labels.
  ///
  /// A class counts as predicted only if its score exceeds the threshold (0 by default). A `topk`
  /// beyond the number of classes looks at all classes.
  ///
  /// - Parameters:
  ///   - predictions: a row of class scores per label.
  /// - Throws: ``VisionError`` for an unknown metric or predictions that do not fit the labels.
  public static func evaluate(
    _ predictions: [[Float]], labels: [Int], metrics: [String], options: MetricOptions
  ) throws(VisionError) -> [MetricEntry] {
    for metric in metrics where !names.contains(metric) {
      throw .unknownMetric(name: metric, nearest: NearestName.of(metric, among: names))
    }
    guard predictions.count == labels.count else {
      throw .predictionCountMismatch(predictions: predictions.count, samples: labels.count)
    }
    let classCount = predictions.first?.count ?? 0
    for (row, label) in zip(predictions, labels) {
      guard row.count == classCount else {
        throw .predictionWidthMismatch(
          scores: row.count, reason: "other predictions have \(classCount)")
      }
      guard label < classCount else {
        throw .predictionWidthMismatch(scores: row.count, reason: "label \(label) has none")
      }
    }

    var entries: [MetricEntry] = []
    let thresholds = options.thresholds ?? [0]
    func append(_ name: String, _ values: [MetricEntry.Value]) {
      let areNamed = options.thresholds != nil && !options.isSingleThreshold
      for (threshold, value) in zip(thresholds, values) {
        let suffix = areNamed ? String(format: "_thr_%.2f", threshold) : ""
        entries.append(MetricEntry(name: name + suffix, value: value))
      }
    }

    if metrics.contains("accuracy") {
      let ranks = zip(predictions, labels).map { (rank: rank(of: $1, in: $0), score: $0[$1]) }
      for k in options.topK {
        let values = thresholds.map { threshold -> MetricEntry.Value in
          let correct = ranks.count { $0.rank < k && Double($0.score) > threshold }
          return .scalar(percentage(correct, of: labels.count))
        }
        append(options.isSingleTopK ? "accuracy" : "accuracy_top-\(k)", values)
      }
    }
    if metrics.contains("support") {
      let counts = histogram(labels, classCount).map(Double.init)
      entries.append(
        MetricEntry(
          name: "support",
          value: options.averageMode == .macro
            ? .scalar(counts.reduce(0, +)) : .perClass(counts)))
    }
    let best = predictions.map(best(of:))
    let perThreshold = thresholds.map { threshold in
      PerClass(best: best, labels: labels, classCount: classCount, threshold: threshold)
    }
    for (name, values) in [
      ("precision", perThreshold.map(\.precision)), ("recall", perThreshold.map(\.recall)),
      ("f1_score", perThreshold.map(\.f1)),
    ] where metrics.contains(name) {
      append(name, values.map { averaged($0, options.averageMode) })
    }
    return entries
  }

  /// How many classes come before `label`: those with a greater score, or an equal one and a
  /// smaller number. As in PyTorch, what is not a number comes first.
  private static func rank(of label: Int, in scores: [Float]) -> Int {
    let own = scores[label]
    if own.isNaN { return scores.count }
    var rank = 0
    for (index, score) in scores.enumerated()
    where !(score < own) && (score != own || index < label) && index != label {
      rank += 1
    }
    return rank
  }

  private static func best(of scores: [Float]) -> (label: Int, score: Float) {
    var best = 0
    for (index, score) in scores.enumerated() {
      if score.isNaN { return (index, score) }
      if score > scores[best] { best = index }
    }
    return (best, scores.isEmpty ? 0 : scores[best])
  }

  /// In single precision, as upstream's accuracy is.
  private static func percentage(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(Float(part) * Float(100 / Double(whole)))
  }

  private static func averaged(
    _ values: [Double], _ mode: MetricOptions.AverageMode
  ) -> MetricEntry.Value {
    switch mode {
    case .macro: .scalar(values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count))
    case .none: .perClass(values)
    }
  }

  private static func histogram(_ labels: [Int], _ classCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in labels { counts[label] += 1 }
    return counts
  }

  /// Precision, recall and their harmonic mean in percent, a value per class.
  private struct PerClass {
    let precision: [Double]
    let recall: [Double]
    let f1: [Double]

    init(best: [(label: Int, score: Float)], labels: [Int], classCount: Int, threshold: Double) {
      var predicted = [Int](repeating: 0, count: classCount)
      var correct = predicted
      for (prediction, label) in zip(best, labels) where !(Double(prediction.score) <= threshold) {
        predicted[prediction.label] += 1
        if prediction.label == label { correct[label] += 1 }
      }
      let present = histogram(labels, classCount)
      let precision = zip(correct, predicted).map { Double($0) / Double(max($1, 1)) * 100 }
      let recall = zip(correct, present).map { Double($0) / Double(max($1, 1)) * 100 }
      f1 = zip(precision, recall).map { 2 * $0 * $1 / max($0 + $1, Double(Float.ulpOfOne)) }
      self.precision = precision
      self.recall = recall
    }
  }
}
