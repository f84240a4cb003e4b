import Annotations
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
    try evaluate(predictions, labels: labels, metrics: metrics, options: options)
  }

  private func evaluate(
    _ predictions: [[Float]], labels: [Int], metrics: [String], options: MetricOptions
  ) throws -> [MetricEntry] {
    var evaluator = try ClassificationEvaluator(
      labels: labels, metrics: metrics, options: options)
    try evaluator.add(predictions.map { .scores($0) }, at: Array(labels.indices))
    return evaluator.metrics()
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
      try evaluate(
        [[1]], labels: labels, metrics: ["accuracy"], options: MetricOptions())
    }
    #expect(throws: VisionError.self) {
      try evaluate(
        predictions, labels: [0, 1, 2, 3, 0], metrics: ["accuracy"], options: MetricOptions())
    }
    let error = #expect(throws: ConfigError.self) {
      try MetricOptions(config: ["top_k": 1], path: "evaluation.metric_options")
    }
    #expect(
      error?.description
        == "evaluation.metric_options.top_k: unknown key; did you mean 'topk'?")
  }

  private var everything: MetricOptions {
    MetricOptions(topK: [1, 2, 5], thresholds: [0, 0.45, 0.75], averageMode: .none)
  }

  @Test func `counting batch by batch and rank by rank changes nothing`() throws {
    let whole = try evaluate(ClassificationEvaluator.names, everything)
    let fresh = try ClassificationEvaluator(
      labels: labels, metrics: ClassificationEvaluator.names, options: everything)
    var streamed = fresh
    for index in [3, 0, 4, 1, 2] {
      try streamed.add([.scores(predictions[index])], at: [index])
    }
    #expect(streamed.metrics() == whole)
    var ranks = [fresh, fresh, fresh, fresh]
    for index in labels.indices {
      try ranks[index % 3].add([.scores(predictions[index])], at: [index])
    }
    let partials = ranks.map { $0.partial() }
    for own in ranks.indices {
      var merged = ranks[own]
      try merged.merge(partials.indices.filter { $0 != own }.map { partials[$0] })
      #expect(merged.metrics() == whole)
    }
  }

  @Test func `what is kept does not grow with the images`() throws {
    var evaluator = try ClassificationEvaluator(
      labels: labels, metrics: ClassificationEvaluator.names, options: everything)
    try evaluator.add([.scores(predictions[0])], at: [0])
    let size = evaluator.partial().count
    for _ in 0..<20 { try evaluator.add(predictions.map { .scores($0) }, at: [0, 1, 2, 3, 4]) }
    #expect(evaluator.partial().count == size)
  }

  @Test func `scores that are no numbers never hit and are always predicted`() throws {
    let scores: [[Float]] = [[.nan, 1, 0], [1, .nan, 0], [0, 1, .nan]]
    let entries = try evaluate(
      scores, labels: [0, 0, 0], metrics: ["accuracy", "recall", "precision"],
      options: MetricOptions(topK: [1, 3], averageMode: .none))
    #expect(entries[0].scalar == 0)
    #expect(entries[1].scalar.map { abs($0 - 100.0 / 3) < 1e-4 } == true)
    #expect(entries[2].value == .perClass([100, 0, 0]))
    #expect(entries[3].value == .perClass([Double(1) / 3 * 100, 0, 0]))
  }

  @Test func `counts of another evaluation are refused`() throws {
    let one = try ClassificationEvaluator(
      labels: labels, metrics: ["accuracy"], options: MetricOptions())
    var (narrow, other) = (one, one)
    try narrow.add([.scores([1, 0, 0])], at: [0])
    try other.add([.scores([1, 0, 0, 0])], at: [0])
    #expect(throws: VisionError.self) { try narrow.merge([other.partial()]) }
    #expect(throws: VisionError.self) { try narrow.merge([[1, 2, 3]]) }
    #expect(throws: VisionError.self) { try narrow.merge([[]]) }
    var more = try ClassificationEvaluator(
      labels: labels, metrics: ["accuracy"], options: MetricOptions(topK: [1]))
    try more.add([.scores([1, 0, 0])], at: [0])
    #expect(throws: VisionError.self) { try narrow.merge([more.partial()]) }
    #expect(throws: VisionError.unsuitablePrediction(expected: "class scores", found: "detections"))
    {
      try narrow.add([.detections(Detections())], at: [1])
    }
  }

  @Test func `a config names metrics and options`() throws {
    func evaluator(_ config: Config) throws -> ClassificationEvaluator {
      var reader = try ConfigReader(config, path: "evaluation")
      let evaluator = try ClassificationEvaluator(labels: labels, &reader, metricKey: "metric")
      try reader.finish()
      return evaluator
    }
    func names(_ config: Config) throws -> [String] { try evaluator(config).metrics().map(\.name) }
    #expect(try names([:]) == ["accuracy_top-1", "accuracy_top-5"])
    #expect(
      try names(["metric": ["recall", "accuracy"], "metric_options": ["topk": 1, "thrs": [0.1]]])
        == ["accuracy_thr_0.10", "recall_thr_0.10"])
    for (config, message) in [
      (
        ["metric": ["accuracy", "recal"]],
        "evaluation.metric: there is no metric named 'recal'; did you mean 'recall'?"
      ),
      (
        ["metric_options": ["top": 1]],
        "evaluation.metric_options.top: unknown key; did you mean 'topk'?"
      ),
      (["metrics": "recall"], "evaluation.metrics: unknown key; did you mean 'metric'?"),
    ] as [(Config, String)] {
      let error = #expect(throws: ConfigError.self) { try evaluator(config) }
      #expect(error?.description == message)
    }
  }
}
