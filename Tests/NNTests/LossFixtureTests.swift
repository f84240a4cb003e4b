import Configs
import NN
import Tensors
import TestKit
import Testing

/// Losses and accuracy against what mmcls computes.
@Suite struct LossFixtureTests {
  struct Fixture: Decodable {
    struct Scores: Decodable {
      let name: String
      let shape: [Int]
      let scale: Double
    }

    struct Call: Decodable {
      let weight: [Float]?
      let avgFactor: Double?
      let reductionOverride: String?
    }

    struct Row: Decodable {
      let config: [String: JSONConfig]
      let labels: String
      let call: Call
      let scale: Double?
      let name: String?
      let error: String?
    }

    struct AccuracyCase: Decodable {
      let topk: JSONConfig
      let thrs: JSONConfig
      let value: JSONConfig
    }

    struct Accuracies: Decodable {
      let shape: [Int]
      let labels: [Int]
      let cases: [AccuracyCase]
    }

    let scores: Scores
    let index: [Int]
    let accuracy: Accuracies
    let losses: [Row]
  }

  let device = CPU()
  let fixture: Fixture
  let tensors: SafetensorsFile

  init() throws {
    fixture = try Fixtures.json("losses/losses.json")
    tensors = try Fixtures.tensors("losses/losses.safetensors")
  }

  @Test func lossesAndGradientsAreTheOriginalOnes() throws {
    #expect(fixture.losses.contains { $0.name != nil })
    for row in fixture.losses {
      guard let name = row.name else { continue }
      let tape = Tape()
      let scores = tape.watch(scores(scale: row.scale), needsGradient: true)
      let value = try evaluate(row, scores)
      #expect(try value.shape == tensors.shape("\(name).value"), "\(row.config)")
      let expected = try tensors.floats("\(name).value")
      #expect(relativeError(value, expected) < 1e-5, "\(row.config)")

      tape.backward(from: pulled(value))
      let gradient = try #require(tape.gradient(of: scores), "\(row.config)")
      let expectedGradient = try tensors.floats("\(name).gradient")
      #expect(relativeError(gradient, expectedGradient) < 1e-5, "\(row.config)")
    }
  }

  @Test func whatTheOriginalRejectsIsAnError() {
    let rejected = fixture.losses.filter { $0.error != nil }
    #expect(!rejected.isEmpty)
    for row in rejected {
      #expect(throws: (any Error).self, "\(row.config)") {
        _ = try evaluate(row, scores(scale: nil))
      }
    }
  }

  @Test func accuraciesAreTheOriginalOnes() throws {
    let shape = Shape(fixture.accuracy.shape)
    let raw = CounterNumbers.signed("accuracy", count: shape.count).map(Float.init)
    let scores = softmax(Tensor(raw, shape: shape, on: device), axis: 1)
    for row in fixture.accuracy.cases {
      let topK = try numbers(row.topk.config, Int.self)
      let thresholds = try numbers(row.thrs.config, Float.self)
      let accuracies = Accuracy.thresholded(
        topK, thresholds: thresholds, scores: scores, labels: fixture.accuracy.labels)
      let expected = flattened(row.value.config)
      let actual = accuracies.flatMap { $0 }
      #expect(actual.count == expected.count)
      for (a, e) in zip(actual, expected) { #expect(abs(a - e) < 1e-4) }
    }
  }

  private func evaluate(_ row: Fixture.Row, _ scores: Tensor) throws -> Tensor {
    let loss = try makeLoss(row.config)
    let reduction = row.call.reductionOverride.flatMap { LossReduction(rawValue: $0) }
    return try loss(
      scores, try targets(row.labels), weights: row.call.weight,
      averageFactor: row.call.avgFactor, reduction: reduction)
  }

  private func makeLoss(_ config: [String: JSONConfig]) throws -> any ClassificationLoss {
    var reader = try ConfigReader(JSONConfig.object(config).config, path: "loss")
    let type: String = try reader.read("type")
    let loss: any ClassificationLoss =
      type == "LabelSmoothLoss" ? try LabelSmoothLoss(&reader) : try CrossEntropyLoss(&reader)
    try reader.finish()
    return loss
  }

  private func scores(scale: Double?) -> Tensor {
    let shape = Shape(fixture.scores.shape)
    let values = CounterNumbers.signed(fixture.scores.name, count: shape.count)
    return Tensor(
      values.map { Float($0 * (scale ?? fixture.scores.scale)) }, shape: shape, on: device)
  }

  private func targets(_ kind: String) throws -> ClassificationTargets {
    if kind == "index" { return .labels(fixture.index) }
    return .soft(try tensors.tensor(kind, on: device))
  }

  /// What the fixtures differentiate in place of a loss with several elements.
  private func pulled(_ value: Tensor) -> Tensor {
    guard value.shape.rank > 0 else { return value }
    let weights = CounterNumbers.signed("pull", count: value.shape.count).map(Float.init)
    return (value * Tensor(weights, shape: value.shape, on: device)).sum()
  }

  private func numbers<T: ConfigDecodable>(_ config: Config, _ type: T.Type) throws -> [T] {
    config.items == nil
      ? [try T(config: config, path: "accuracy")] : try [T](config: config, path: "accuracy")
  }

  private func flattened(_ config: Config) -> [Double] {
    if let items = config.items { return items.flatMap(flattened) }
    return (try? Double(config: config, path: "accuracy")).map { [$0] } ?? []
  }
}
