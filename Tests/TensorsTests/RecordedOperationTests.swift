import Foundation
import Tensors
import TestKit
import Testing

/// Values and gradients of operations against those that PyTorch recorded.
@Suite struct RecordedOperationTests {
  let cpu = CPU(threads: 2)

  /// Recorded for operations that the engine does not have, or has with mmcv's rule at the kink.
  static let left: Set = [
    "pool_max_dilated", "hardsigmoid_corners", "group_norm", "interpolate_nearest",
    "interpolate_nearest_size", "interpolate_bilinear", "interpolate_bilinear_corners",
    "interpolate_bilinear_down",
  ]

  static let cases: [String] = {
    guard let data = try? Data(contentsOf: Fixtures.url("ops/ops.json")),
      let table = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return [] }
    return table.keys.filter { !left.contains($0) }.sorted()
  }()

  @Test func casesAreThere() {
    #expect(Self.cases.count > 60)
  }

  @Test(arguments: cases)
  func agrees(_ name: String) throws {
    let data = try Data(contentsOf: Fixtures.url("ops/ops.json"))
    let table = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let recorded = RecordedCase(
      name: name, facts: try #require(table[name] as? [String: Any]), device: cpu)
    let file = try SafetensorsFile(Fixtures.url("ops/ops.safetensors"))

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

/// One case of `ops.json` and what its operation reads.
private final class RecordedCase {
  let name: String
  let facts: [String: Any]
  let device: CPU
  var parameters: [(String, Parameter)] = []
  var statistics: [(String, Tensor)] = []

  init(name: String, facts: [String: Any], device: CPU) {
    self.name = name
    self.facts = facts
    self.device = device
  }

  private var shapes: [String: [Int]] { facts["shapes"] as? [String: [Int]] ?? [:] }

  var inputNames: [String] {
    shapes.isEmpty ? ["input"] : shapes.keys.filter { $0 != "weight" && $0 != "bias" }.sorted()
  }

  private func filled(
    _ part: String, _ shape: Shape, _ transform: (Double) -> Double = { $0 }
  ) -> Tensor {
    let values = CounterNumbers.signed("\(name).\(part)", count: shape.count).map {
      Float(transform($0))
    }
    let isActivation = shape.rank == 4 && part != "weight"
    return Tensor(
      values, shape: shape, layout: isActivation ? .channelsLast : .rowMajor, on: device)
  }

  func input(_ part: String) -> Tensor {
    if let listed = facts["input"] as? [Double] {
      return Tensor(listed.map { Float($0) }, shape: [listed.count], on: device)
    }
    let scale = (facts["scales"] as? [String: Double])?[part] ?? 1
    return filled(part, Shape(shapes[part] ?? [])) { $0 * scale }
  }

  func pull(_ shape: Shape) -> Tensor {
    facts["pull"] != nil ? .filled(1, shape: shape, on: device) : filled("pull", shape)
  }

  private func parameter(_ part: String) -> Parameter? {
    guard let shape = shapes[part] else { return nil }
    let parameter = Parameter(filled(part, Shape(shape)))
    parameters.append((part, parameter))
    return parameter
  }

  private func option(_ key: String) -> Any? { (facts["options"] as? [String: Any])?[key] }

  private func pair(_ key: String, _ fallback: SIMD2<Int>) -> SIMD2<Int> {
    if let number = option(key) as? Int { return [number, number] }
    let list = option(key) as? [Int] ?? (option(key) as? [String: [Int]])?["__tuple__"]
    return list.map { [$0[0], $0[1]] } ?? fallback
  }

  private func pooling(_ kind: Pooling.Kind) -> Pooling {
    let kernel = pair("kernel_size", [1, 1])
    return Pooling(
      kind: kind, kernel: kernel, stride: pair("stride", kernel), padding: pair("padding", [0, 0]),
      roundsUp: option("ceil_mode") as? Bool ?? false)
  }

  struct Unknown: Error { let operation: String }

  func compute(_ inputs: [String: Tensor]) throws -> Tensor {
    let operation = facts["operation"] as? String ?? ""
    if operation == "cat" {
      return concatenate(inputNames.compactMap { inputs[$0] }, axis: 1)
    }
    let x = try #require(inputs["input"])
    switch operation {
    case "conv2d":
      return conv2d(
        x, weight: try #require(parameter("weight")), bias: parameter("bias"),
        ConvolutionGeometry(
          stride: pair("stride", [1, 1]), padding: pair("padding", [0, 0]),
          dilation: pair("dilation", [1, 1]), groups: option("groups") as? Int ?? 1))
    case "linear":
      return linear(x, weight: try #require(parameter("weight")), bias: parameter("bias"))
    case "batch_norm": return batchNorm(x)
    case "max_pool2d": return pool(x, pooling(.max))
    case "avg_pool2d":
      let countsPadding = option("count_include_pad") as? Bool ?? true
      return pool(x, pooling(.average(countsPadding: countsPadding)))
    case "adaptive_avg_pool2d":
      return adaptiveAveragePool(x, output: pair("output_size", [1, 1]))
    case "channel_shuffle": return channelShuffle(x, groups: facts["groups"] as? Int ?? 1)
    case "softmax": return softmax(x, axis: facts["dim"] as? Int ?? -1)
    case "log_softmax": return logSoftmax(x, axis: facts["dim"] as? Int ?? -1)
    case "flatten": return x.flattened()
    case "chunk": return x.chunk(2, axis: 1)[1]
    default:
      guard let activation = Self.activations[operation] else {
        throw Unknown(operation: operation)
      }
      return activate(x, activation)
    }
  }

  private static let activations: [String: Activation] = [
    "relu": .relu, "relu6": .relu6, "hardswish": .hardSwish, "HSwish": .hardSwish,
    "sigmoid": .sigmoid, "swish": .swish, "tanh": .tanh, "gelu": .gelu,
    "leaky_relu": .leakyReLU(slope: 0.1),
    "hardsigmoid": .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1),
    "HSigmoid": .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1),
  ]

  private func batchNorm(_ x: Tensor) -> Tensor {
    let channels: Shape = [x.shape[1]]
    var weight: Parameter?
    var bias: Parameter?
    if facts["affine"] as? Bool ?? true {
      let pair = (
        Parameter(filled("weight", channels) { 1 + $0 }), Parameter(filled("bias", channels))
      )
      parameters = [("weight", pair.0), ("bias", pair.1)]
      (weight, bias) = pair
    }
    let isTracked = facts["track"] as? Bool ?? true
    let epsilon = Float(facts["eps"] as? Double ?? 1e-5)
    let mean = isTracked ? filled("running_mean", channels) { 0.3 * $0 } : nil
    let variance = isTracked ? filled("running_var", channels) { abs($0) + 0.5 } : nil
    if let mean, let variance {
      statistics = [("running_mean", mean), ("running_var", variance)]
      if !(facts["training"] as? Bool ?? true) {
        return batchNormInference(
          x, weight: weight, bias: bias, mean: mean, variance: variance, epsilon: epsilon)
      }
    }
    var output = x
    for step in 1...(facts["steps"] as? Int ?? 1) {
      output = batchNormTraining(
        x, weight: weight, bias: bias, runningMean: mean, runningVariance: variance,
        momentum: (facts["momentum"] as? Double).map { Float($0) } ?? 1 / Float(step),
        epsilon: epsilon)
    }
    return output
  }
}
