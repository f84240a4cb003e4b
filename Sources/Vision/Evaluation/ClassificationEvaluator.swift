public import Annotations
public import Configs
internal import Foundation

/// The metrics of mmcls for single-label classification, from counts alone.
///
/// A class counts as predicted only if its score exceeds the threshold (0 by default). A `topk`
/// beyond the number of classes looks at all classes.
public struct ClassificationEvaluator: Evaluator {
  /// The names in the order in which results are listed (not the order in which they are asked).
  public static let names = ["accuracy", "support", "precision", "recall", "f1_score"]

  private let labels: [Int]
  private let asked: Set<String>
  private let options: MetricOptions
  private var counts: ClassificationCounts

  /// - Parameter labels: of all samples of the data set.
  /// - Throws: ``VisionError/unknownMetric(name:nearest:)``.
  public init(
    labels: [Int], metrics: [String], options: MetricOptions
  ) throws(VisionError) {
    for metric in metrics where !Self.names.contains(metric) {
      throw .unknownMetric(name: metric, nearest: NearestName.of(metric, among: Self.names))
    }
    self.labels = labels
    asked = Set(metrics)
    self.options = options
    counts = ClassificationCounts(
      topK: metrics.contains("accuracy") ? options.topK : [],
      thresholds: options.thresholds ?? [0])
  }

  /// Reads the metrics, `accuracy` unless the config says otherwise, and `metric_options`.
  ///
  /// - Throws: `ConfigError`.
  public init(
    labels: [Int], _ reader: inout ConfigReader, metricKey: String
  ) throws(ConfigError) {
    let metrics = try reader.readNames(metricKey) ?? ["accuracy"]
    let options: MetricOptions =
      try reader.readIfPresent("metric_options") ?? MetricOptions()
    do {
      try self.init(labels: labels, metrics: metrics, options: options)
    } catch {
      guard case .unknownMetric(let name, let nearest) = error else {
        throw .invalidValue(path: reader.path.appending(metricKey), message: "\(error)")
      }
      throw .unknownType(
        path: reader.path.appending(metricKey), kind: "metric", name: name, nearest: nearest)
    }
  }

  public mutating func add(
    _ predictions: [Prediction], at indices: [Int]
  ) throws(VisionError) {
    guard predictions.count == indices.count else {
      throw .predictionCountMismatch(predictions: predictions.count, samples: indices.count)
    }
    for (prediction, index) in zip(predictions, indices) {
      guard let scores = prediction.classScores else {
        throw .unsuitablePrediction(expected: "class scores", found: prediction.kindName)
      }
      try counts.add(scores, label: labels[index])
    }
  }

  public func partial() -> [UInt8] { counts.bytes }

  public mutating func merge(_ partials: [[UInt8]]) throws(VisionError) {
    for bytes in partials { try counts.add(bytes) }
  }

  public func metrics() -> [MetricEntry] {
    var entries: [MetricEntry] = []
    let thresholds = options.thresholds ?? [0]
    func append(_ name: String, _ values: [MetricEntry.Value]) {
      let areNamed = options.thresholds != nil && !options.isSingleThreshold
      for (threshold, value) in zip(thresholds, values) {
        let suffix = areNamed ? String(format: "_thr_%.2f", threshold) : ""
        entries.append(MetricEntry(name: name + suffix, value: value))
      }
    }
    if asked.contains("accuracy") {
      for (place, k) in options.topK.enumerated() {
        append(
          options.isSingleTopK ? "accuracy" : "accuracy_top-\(k)",
          thresholds.indices.map { threshold in
            .scalar(percentage(counts.hits(place, threshold: threshold), of: counts.imageCount))
          })
      }
    }
    if asked.contains("support") {
      let present = counts.present.map(Double.init)
      entries.append(
        MetricEntry(
          name: "support",
          value: options.averageMode == .macro
            ? .scalar(present.reduce(0, +)) : .perClass(present)))
    }
    let classes = thresholds.indices.map { PerClass(counts, threshold: $0) }
    for (name, values) in [
      ("precision", classes.map(\.precision)), ("recall", classes.map(\.recall)),
      ("f1_score", classes.map(\.f1)),
    ] where asked.contains(name) {
      append(name, values.map(averaged))
    }
    return entries
  }

  /// In single precision, as upstream's accuracy is.
  private func percentage(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(Float(part) * Float(100 / Double(whole)))
  }

  private func averaged(_ values: [Double]) -> MetricEntry.Value {
    switch options.averageMode {
    case .macro: .scalar(values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count))
    case .none: .perClass(values)
    }
  }
}

/// Precision, recall and their harmonic mean in percent, a value per class.
private struct PerClass {
  let precision: [Double]
  let recall: [Double]
  let f1: [Double]

  init(_ counts: ClassificationCounts, threshold: Int) {
    let correct = counts.correct(threshold: threshold)
    let precision = zip(correct, counts.predicted(threshold: threshold)).map {
      Double($0) / Double(max($1, 1)) * 100
    }
    let recall = zip(correct, counts.present).map { Double($0) / Double(max($1, 1)) * 100 }
    f1 = zip(precision, recall).map { 2 * $0 * $1 / max($0 + $1, Double(Float.ulpOfOne)) }
    self.precision = precision
    self.recall = recall
  }
}
