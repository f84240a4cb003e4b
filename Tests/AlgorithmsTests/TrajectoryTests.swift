import Configs
import Foundation
import NN
import OrderedCollections
import Tensors
import TestKit
import Testing
import Training
import Zoo

/// Fifty steps of training beside the original's.
@Suite(.serialized) struct TrajectoryTests {
  /// The whole fixture, and what one case of it says.
  private struct Recording {
    let side: Int
    let labels: [[Int]]
    let model: Config
    let optimizer: Config
    let losses: [Double]
    let exactLosses: [Double]
    let logits: [Float]

    init(_ name: String) throws {
      let path = "trajectories/trajectories.json"
      let text = String(decoding: try Fixtures.data(path), as: UTF8.self)
      let facts = try JSONParser.parse(text, file: path)
      let entry = try #require(facts["cases"]?[name])
      side = try Int(config: #require(facts["side"]), path: "side")
      labels = try [[Int]](config: #require(facts["labels"]), path: "labels")
      model = Self.withTuples(try #require(entry["model"]))
      optimizer = try #require(entry["optimizer"])
      losses = try [Double](config: #require(entry["losses"]), path: "losses")
      exactLosses = try [Double](config: #require(entry["losses_float64"]), path: "losses")
      logits = try [Float](config: #require(entry["logits_float64"]), path: "logits")
    }

    /// `{"__tuple__": […]}` is a tuple.
    private static func withTuples(_ config: Config) -> Config {
      guard case .dict(let entries) = config else { return config }
      return config["__tuple__"].map { .tuple($0.items ?? []) }
        ?? .dict(entries.mapValues(withTuples))
    }

    /// A pattern for each label, with noise.
    func images(_ batch: Int, on device: any Device) -> Tensor {
      let count = 3 * side * side
      let values = labels[batch].enumerated().flatMap { index, label in
        let pattern = CounterNumbers.signed("pattern.\(label)", count: count)
        let noise = CounterNumbers.signed(
          "image.\(batch * labels[batch].count + index)", count: count)
        return zip(pattern, noise).map { Float($0) + Float(0.5 * $1) }
      }
      return Tensor(
        values, shape: [labels[batch].count, 3, side, side], layout: .channelsLast, on: device)
    }
  }

  /// - Parameters:
  ///   - tolerance: of each loss, relative.
  ///   - evaluated: of the scores after the last step, relative to the largest.
  @Test(arguments: [
    ("resnet18", tolerance: 1e-3, evaluated: 1e-2),
    ("mobilenetv2", tolerance: 1e-3, evaluated: 1e-2),
    ("shufflenetv2", tolerance: 1e-3, evaluated: 1e-2),
    // A smooth activation has nothing that rounding could flip.
    ("mobilenetv2_swish", tolerance: 2e-5, evaluated: 1e-4),
    ("shufflenetv2_swish", tolerance: 2e-5, evaluated: 1e-4),
  ])
  func lossesAreThoseOfTheOriginal(
    name: String, tolerance: Double, evaluated: Double
  ) throws {
    let recorded = try Recording(name)
    let context = BuildContext(
      device: CPU(), generator: Generator(seed: 0), catalogs: .zoo, drawsWeights: false)
    let device = context.device
    let built = try context.catalogs.models.build(
      recorded.model, path: "model", scope: .mmcls, context: context)
    let model = try #require(built as? ImageClassifier)
    fill(model)
    let optimizer = try #require(
      try OptimizerConstructor().build(recorded.optimizer, path: "optimizer", for: model).only)
    let batches = recorded.labels.indices.map { recorded.images($0, on: device) }

    model.setTraining(true)
    var worst = (toFloat: 0.0, toExact: 0.0)
    for (step, expected) in recorded.losses.enumerated() {
      let batch = step % batches.count
      optimizer.clearGradients()
      let tape = Tape()
      let losses = try model.forwardTrain(
        images: tape.watch(batches[batch]), labels: .labels(recorded.labels[batch]))
      let loss = try #require(losses.first { $0.name == "loss" }).value
      let value = Double(loss.scalar)
      worst.toFloat = max(worst.toFloat, abs(value - expected) / expected)
      let exact = recorded.exactLosses[step]
      worst.toExact = max(worst.toExact, abs(value - exact) / exact)
      tape.backward(from: loss)
      optimizer.step()
    }
    #expect(worst.toFloat < tolerance)
    #expect(worst.toExact < tolerance)
    let (first, last) = (recorded.losses[0], recorded.losses[recorded.losses.count - 1])
    #expect(last < 0.5 * first)

    model.setTraining(false)
    #expect(relativeError(model.logits(images: batches[0]), recorded.logits) < evaluated)
  }

  private func fill(_ model: Module) {
    for (name, entry) in model.stateEntries() where entry.value.dtype == .float32 {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
  }
}
