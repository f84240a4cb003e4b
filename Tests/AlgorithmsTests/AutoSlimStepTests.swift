import Configs
import Foundation
import NN
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
  private func algorithm(_ name: String) throws -> AutoSlim {
    var config = AutoSlimFixture.config()
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

  @Test(arguments: ["sandwich", "distilled", "switchable", "deployed"])
  func trainAsTheOriginals(_ name: String) throws {
    let algorithm = try algorithm(name)
    let fixture = try AutoSlimFixture.load()
    let logs = try #require(fixture.logs[name])
    let recorded = try Fixtures.tensors("autoslim/autoslim.safetensors")
    let parameters = algorithm.namedParameters()
    let optimizer = Optimizer(
      name: "SGD",
      groups: [
        ParameterGroup(
          parameters: parameters.map(\.parameter), learningRate: 5e-5, weightDecay: 0.5,
          rule: SGD(momentum: 0.9))
      ])
    for (step, log) in logs.enumerated() {
      let output = try algorithm.trainStep(
        AutoSlimFixture.batch(step),
        context: StepContext(
          optimizers: .single(optimizer), epoch: 0, iteration: step, seed: 0))
      #expect(output.loss == nil && output.sampleCount == 4)
      #expect(output.logVariables.map(\.0) == log.map(\.first))
      for (variable, expected) in zip(output.logVariables, log) {
        #expect(
          abs(variable.1 - expected.second) < 1e-3 * max(abs(expected.second), 0.1),
          "\(variable.0): \(variable.1), expected \(expected.second)")
      }
      func compare(_ kind: String, _ actual: [Double], limit: Double) throws {
        let expected = try recorded.values("\(name).step\(step + 1).\(kind)")
        #expect(actual.count == expected.count)
        let error = relativeError(actual.map(Float.init), expected.map { Float($0) })
        #expect(error < limit, "\(name) step \(step + 1) \(kind): \(error)")
      }
      // From the second step on rounding flips rectifiers here and there; the original's own run in
      // single precision is as far from this one in double precision.
      let isFirst = step == 0
      let gradients = parameters.map { gradient($0.parameter) }
      try compare(
        "gradient_norms", gradients.map { $0.map(norm) ?? .nan }, limit: isFirst ? 1e-3 : 5e-2)
      try compare(
        "gradient_probes",
        zip(parameters, gradients).map { entry, gradient in
          gradient.map { CounterNumbers.probe($0, "probe.\(entry.name)") } ?? .nan
        }, limit: isFirst ? 1e-2 : 0.5)
      try compare(
        "parameter_probes",
        parameters.map { CounterNumbers.probe($0.parameter.value, "probe.\($0.name)") },
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
        }, limit: 1e-3)
    }
  }

  private func gradient(_ parameter: Parameter) -> Tensor? {
    switch parameter.gradient {
    case .none: nil
    case .zero: .zeros(parameter.shape, on: parameter.value.device)
    case .value(let tensor): tensor
    }
  }
}

extension RatioPruner {
  /// The subnets that the fixtures draw.
  func sample(_ number: Int) -> ChannelSubnet {
    var index = 0
    return subnet { space in
      defer { index += 1 }
      let ratio = ratios[(5 * index + 3 * number) % ratios.count]
      return .prefix(
        Int((Double(space.channelCount) * ratio).rounded(.toNearestOrEven)),
        of: space.channelCount)
    }
  }
}
