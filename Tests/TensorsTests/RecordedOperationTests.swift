import Foundation
import Tensors
import TestKit
import Testing

/// Values and gradients of operations against those that PyTorch recorded.
@Suite struct RecordedOperationTests {
  let cpu = CPU(threads: 2)

  /// Recorded for what the engine has with mmcv's rule at the kink.
  static let left: Set = ["hardsigmoid_corners"]

  static let cases = names(of: "ops")
  static let denseCases = names(of: "dense")

  /// The cases of a topic.
  private static func names(of topic: String) -> [String] {
    guard let data = try? Data(contentsOf: Fixtures.url("\(topic)/\(topic).json")),
      let table = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return [] }
    return table.keys.filter { !left.contains($0) }.sorted()
  }

  @Test func casesAreThere() {
    #expect(Self.cases.count > 270)
    #expect(Self.denseCases.count > 75)
  }

  @Test(arguments: cases)
  func agrees(_ name: String) throws {
    try check(name, of: "ops")
  }

  @Test(arguments: denseCases)
  func agreesForDetection(_ name: String) throws {
    try check(name, of: "dense")
  }

  private func check(_ name: String, of topic: String) throws {
    let data = try Data(contentsOf: Fixtures.url("\(topic)/\(topic).json"))
    let table = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let recorded = RecordedCase(
      name: name, facts: try #require(table[name] as? [String: Any]), device: cpu)
    let file = try SafetensorsFile(Fixtures.url("\(topic)/\(topic).safetensors"))

    let tape = Tape()
    let inputs = recorded.inputNames.map {
      ($0, tape.watch(recorded.input($0), needsGradient: true))
    }
    let output = try recorded.compute(Dictionary(uniqueKeysWithValues: inputs))
    let expected = try file.floats("\(name).output")
    #expect(output.shape == (try file.shape("\(name).output")))
    #expect(relativeError(output, expected) < 2e-6)

    let pull = recorded.pull(output.shape)
    tape.backward(from: (output * pull).sum())
    func check(_ key: String, _ actual: Tensor?) throws {
      guard file.names.contains(key) else { return }
      let expected = try file.floats(key)
      // Gradients of order 1 went in; what cancels almost wholly is known as exactly as those.
      let scale = max(Double(expected.map { abs($0) }.max() ?? 0), 1e-12)
      let error = relativeError(try #require(actual), expected) * min(1, scale / 0.1)
      #expect(error < 2e-5, "\(key)")
    }
    for (input, tensor) in inputs {
      try check("\(name).\(input).gradient", tape.gradient(of: tensor))
    }
    for (parameter, value) in recorded.parameters {
      guard case .value(let gradient) = value.gradient else { continue }
      try check("\(name).\(parameter).gradient", gradient)
    }
    for (statistic, value) in recorded.statistics {
      try check("\(name).\(statistic)", value)
    }
  }
}
