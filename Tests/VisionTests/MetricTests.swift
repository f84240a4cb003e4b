import Configs
import Testing

@testable import Vision

@Suite struct MetricTests {
  private let predictions: [[Float]] = [
    [0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.1, 0.1, 0.8], [0.5, 0.4, 0.1], [0.2, 0.5, 0.3],
  ]
  private let labels = [0, 2, 2, 1, 1]

  private func evaluate(
    _ metrics: [String], _ options: MetricOptions = MetricOptions()
  ) throws -> [MetricEntry] {
    try ClassificationMetrics.evaluate(
      predictions, labels: labels, metrics: metrics, options: options)
  }

  @Test func `names, order and values are those of mmcls`() throws {
    // Values from mmcls 0.23.2 on the same scores.
    let entries = try evaluate(
      ["f1_score", "support", "recall", "precision", "accuracy"], MetricOptions(topK: [1, 2]))
    #expect(
      entries.map(\.name) == [
        "accuracy_top-1", "accuracy_top-2", "support", "precision", "recall", "f1_score",
      ])
    let expected = [60, 80, 5, 66.66666666666667, 66.66666666666667, 61.111111111111114]
    for (entry, value) in zip(entries, expected) {
      #expect(abs((entry.scalar ?? .nan) - value) < 1e-4, "\(entry)")
    }
  }

  @Test func `thresholds count only scores above them`() throws {
    let options = MetricOptions(topK: [1], thresholds: [0.45, 0.75])
    let entries = try evaluate(["accuracy", "precision"], options)
    #expect(
      entries.map(\.name) == [
        "accuracy_top-1_thr_0.45", "accuracy_top-1_thr_0.75", "precision_thr_0.45",
        "precision_thr_0.75",
      ])
    #expect(entries[0].scalar.map { abs($0 - 60) < 1e-4 } == true)
    #expect(entries[1].scalar.map { abs($0 - 20) < 1e-4 } == true)
  }

  @Test func `one number of topk shortens the name and mode none keeps classes apart`() throws {
    let options = try MetricOptions(
      config: ["topk": 1, "average_mode": "none", "thrs": 0.0], path: "evaluation.metric_options")
    let entries = try evaluate(["accuracy", "recall", "support"], options)
    #expect(entries.map(\.name) == ["accuracy", "support", "recall"])
    #expect(entries[1].value == .perClass([1, 2, 2]))
    #expect(entries[2].value == .perClass([100, 50, 50]))
  }

  @Test func `more of the best than there are classes looks at all`() throws {
    let entries = try evaluate(["accuracy"])
    #expect(entries.map(\.name) == ["accuracy_top-1", "accuracy_top-5"])
    #expect(entries[1].scalar.map { abs($0 - 100) < 1e-4 } == true)
  }

  @Test func `what cannot be compared is an error`() throws {
    #expect(throws: VisionError.unknownMetric(name: "acuracy", nearest: "accuracy")) {
      try evaluate(["acuracy"])
    }
    #expect(throws: VisionError.predictionCountMismatch(predictions: 1, samples: 5)) {
      try ClassificationMetrics.evaluate(
        [[1]], labels: labels, metrics: ["accuracy"], options: MetricOptions())
    }
    #expect(throws: VisionError.self) {
      try ClassificationMetrics.evaluate(
        predictions, labels: [0, 1, 2, 3, 0], metrics: ["accuracy"], options: MetricOptions())
    }
    let error = #expect(throws: ConfigError.self) {
      try MetricOptions(config: ["top_k": 1], path: "evaluation.metric_options")
    }
    #expect(
      error?.description
        == "evaluation.metric_options.top_k: unknown key; did you mean 'topk'?")
  }
}
