import Configs
import Foundation
import NN
import OrderedCollections
import Pruning
import Tensors
import TestKit
import Testing
import Training
import Vision

@testable import Algorithms

/// Steps of the original, recorded in double precision.
@Suite("Steps of AutoSlim")
struct AutoSlimStepTests {
  private static let cases = ["sandwich", "distilled", "switchable", "deployed"]

  /// Everything of both steps. Swish has no kink that rounding could push a value across.
  @Test(arguments: cases)
  func smoothNetworksTrainAsTheOriginals(_ name: String) throws {
    var config = AutoSlimFixture.config()
    let activation: Config = ["type": "Swish"]
    config["architecture"]?["model"]?["backbone"]?["act_cfg"] = activation
    let recorded = try Fixtures.tensors("autoslim/autoslim.safetensors")
    let recording = "smooth.\(name)"
    // Divergences of the second step are small differences of logits: rounding moves them by 1e-5.
    try train(
      config, name, recording, learningRate: 0.02, tolerance: 2e-5
    ) { step, algorithm, gradients in
      func compare(_ kind: String, _ actual: [Double], limit: Double) throws {
        let expected = try recorded.floats("\(recording).step\(step + 1).\(kind)")
        let error = relativeError(actual.map(Float.init), expected)
        #expect(error < limit, "\(name) step \(step + 1) \(kind): \(error)")
      }
      let parameters = algorithm.namedParameters()
      let gradients = parameters.map { gradients.of($0.parameter) }
      try compare("gradient_norms", gradients.map { $0.map(norm) ?? .nan }, limit: 1e-4)
      // The original's own rounding moves a probe by up to 3e-4 in the second step.
      try compare(
        "gradient_probes",
        zip(parameters, gradients).map { entry, gradient in
          gradient.map { CounterNumbers.probe($0, "probe.\(entry.name)") } ?? .nan
        }, limit: step == 0 ? 1e-4 : 1e-3)
      try compare(
        "move_probes",
        parameters.map { CounterNumbers.probe(move($0.name, $0.parameter), "probe.\($0.name)") },
        limit: 1e-4)
      let statistics = algorithm.stateEntries().filter { $0.name.contains("running_") }
      try compare(
        "statistic_probes",
        statistics.map { key, entry in
          let count = entry.value.shape.count
          let share = Double(count) * AutoSlimFixture.ratios[0]
          let kept = name == "deployed" ? count : Int(share.rounded(.toNearestOrEven))
          let live = Tensor(
            Array(entry.value.floats.prefix(kept)), shape: [kept], on: entry.value.device)
          return CounterNumbers.probe(live, "probe.\(key)")
        }, limit: 1e-4)
    }
  }

  /// Losses and gradients. Before each step biases are moved so that no value is so near to one of
  /// the two kinks of ReLU6 that rounding decides about it.
  @Test(arguments: cases)
  func networksOfRectifiersTrainAsTheOriginals(_ name: String) throws {
    let recorded = try Fixtures.tensors("autoslim/autoslim.safetensors")
    let recording = "relu6.\(name)"
    let margin = try #require(try AutoSlimFixture.margin(recording))
    #expect(margin.edges.margin >= RecordedEdges.leastMargin && margin.moves.count == 2)
    try train(
      AutoSlimFixture.config(), name, recording, learningRate: 5e-5, tolerance: 1e-4,
      moves: margin.moves
    ) { step, algorithm, gradients in
      let parameters = algorithm.namedParameters()
      let norms = parameters.map {
        gradients.of($0.parameter).map(norm).map(Float.init) ?? .nan
      }
      let probes = parameters.map { name, parameter in
        gradients.of(parameter).map { Float(CounterNumbers.probe($0, "probe.\(name)")) } ?? .nan
      }
      for (kind, actual) in [("gradient_norms", norms), ("gradient_probes", probes)] {
        let expected = try recorded.floats("\(recording).step\(step + 1).\(kind)")
        #expect(relativeError(actual, expected) < 1e-3, "\(name) step \(step + 1) \(kind)")
      }
    }
  }

  /// Trains the recorded steps and compares what each logs.
  ///
  /// - Parameters:
  ///   - moves: of parameters, before each step.
  ///   - afterStep: gets the number of the step, from 0, and the gradients that it used.
  private func train(
    _ config: Config, _ name: String, _ recording: String, learningRate: Double,
    tolerance: Double, moves: [RecordedMoves] = [],
    afterStep: (Int, AutoSlim, GradientRecord) throws -> Void
  ) throws {
    let algorithm = try algorithm(config, name)
    let logs = try #require(try AutoSlimFixture.load().logs[recording])
    let gradients = GradientRecord()
    let optimizer = Optimizer(
      name: "SGD",
      groups: [
        ParameterGroup(
          parameters: algorithm.namedParameters().map(\.parameter), learningRate: learningRate,
          weightDecay: 0.5, rule: RecordingRule(SGD(momentum: 0.9), gradients))
      ])
    #expect(logs.count == 2)
    for (step, log) in logs.enumerated() {
      gradients.clear()
      if !moves.isEmpty { moves[step].apply(to: algorithm.namedParameters()) }
      let output = try algorithm.trainStep(
        [AutoSlimFixture.batch(step)],
        context: StepContext(
          optimizers: .single(optimizer), epoch: 0, iteration: step, seed: 0))
      #expect(output.loss == nil && output.sampleCount == 4)
      #expect(output.logVariables.map(\.0) == log.map(\.first))
      for (variable, expected) in zip(output.logVariables, log) {
        let error = abs(variable.1 - expected.second) / max(abs(expected.second), 0.1)
        #expect(
          error < tolerance, "step \(step + 1) \(variable.0): \(variable.1), \(error) away")
      }
      try afterStep(step, algorithm, gradients)
    }
  }

  private func algorithm(_ base: Config, _ name: String) throws -> AutoSlim {
    var config = base
    switch name {
    case "distilled": config["distiller"] = AutoSlimFixture.distiller
    case "switchable":
      config["retraining"] = true
      config["channel_cfg"] = .list(try (0..<2).map { .string(try file(sample: $0)) })
    case "deployed":
      config["retraining"] = true
      config["channel_cfg"] = .string(Fixtures.url("autoslim/sample_0.yaml").path)
    default: break
    }
    let built = try AutoSlimFixture.build(config)
    let algorithm = try #require(built as? AutoSlim)
    algorithm.fillWithCounterNumbers()
    algorithm.setTraining(true)
    var draws = 0
    algorithm.drawSubnet = { [unowned algorithm] _ in
      defer { draws += 1 }
      return algorithm.pruner.sample(draws)
    }
    return algorithm
  }

  /// The channels of a sample in a file.
  private func file(sample: Int) throws -> String {
    let exporter = try #require(
      try AutoSlimFixture.build(AutoSlimFixture.config()) as? AutoSlim)
    exporter.pruner.setSubnet(exporter.pruner.sample(sample))
    let file = FileManager.default.temporaryDirectory.appending(
      path: "channels-\(UUID().uuidString).yaml")
    try exporter.pruner.exportSubnet().yaml.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  /// How far a parameter is from where the fixtures start.
  private func move(_ name: String, _ parameter: Parameter) -> Tensor {
    let shape = parameter.shape
    let start = CounterNumbers.state(name, shape: shape.dimensions)
    let moves = zip(parameter.value.values, start).map { $0 - $1 }
    return Tensor(moves, shape: shape, on: parameter.value.device)
  }
}

/// The gradients that an optimizer step used, by parameter.
private final class GradientRecord {
  private var gradients: [ObjectIdentifier: Tensor] = [:]

  func of(_ parameter: Parameter) -> Tensor? { gradients[ObjectIdentifier(parameter)] }

  func add(_ parameter: Parameter) {
    switch parameter.gradient {
    case .none: break
    case .zero:
      gradients[ObjectIdentifier(parameter)] = .zeros(
        parameter.shape, on: parameter.value.device)
    case .value(let tensor): gradients[ObjectIdentifier(parameter)] = tensor
    }
  }

  func clear() { gradients = [:] }
}

/// A rule that keeps the gradients it is used with.
private struct RecordingRule: OptimizationRule {
  private var rule: any OptimizationRule
  private nonisolated(unsafe) let record: GradientRecord

  init(_ rule: any OptimizationRule, _ record: GradientRecord) {
    self.rule = rule
    self.record = record
  }

  var options: [(name: String, value: OptimizerOption)] { rule.options }
  var countsSteps: Bool { rule.countsSteps }

  var momentum: Double {
    get { rule.momentum }
    set { rule.momentum = newValue }
  }

  mutating func setOption(_ name: String, _ value: OptimizerOption) {
    rule.setOption(name, value)
  }

  func step(
    _ parameter: Parameter, state: inout ParameterState, learningRate: Double,
    weightDecay: Double
  ) {
    record.add(parameter)
    rule.step(
      parameter, state: &state, learningRate: learningRate, weightDecay: weightDecay)
  }
}

extension Pruner {
  /// The subnets that the fixtures draw.
  func sample(_ number: Int) -> ChannelSubnet {
    var channels: OrderedDictionary<String, ChannelSelection> = [:]
    for (index, space) in channelSpaces.enumerated() {
      let ratio = ratios[(5 * index + 3 * number) % ratios.count]
      channels[space.id] = .prefix(
        Int((Double(space.channelCount) * ratio).rounded(.toNearestOrEven)),
        of: space.channelCount)
    }
    return ChannelSubnet(channels)
  }
}
