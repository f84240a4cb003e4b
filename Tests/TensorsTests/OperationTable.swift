import Tensors
import TestKit
import Testing

/// A public operation with everything that its gradient is checked at.
struct OperationCase: Sendable, CustomTestStringConvertible {
  /// What the sources call the function or operator.
  let name: String
  let variant: String
  let inputs: [Shape]
  /// Bounds of the random numbers that go in.
  var range: ClosedRange<Double> = -1...1
  /// Shapes of parameters, likewise filled.
  var parameters: [Shape] = []
  /// What central differences may differ by, of the largest gradient.
  var tolerance = 2e-3
  var step: Float = 1e-2
  let compute: @Sendable ([Tensor], [Parameter]) -> Tensor

  var testDescription: String { variant.isEmpty ? name : "\(name), \(variant)" }

  init(
    _ name: String, _ variant: String = "", _ inputs: [Shape],
    range: ClosedRange<Double> = -1...1, parameters: [Shape] = [], tolerance: Double = 2e-3,
    step: Float = 1e-2, _ compute: @escaping @Sendable ([Tensor], [Parameter]) -> Tensor
  ) {
    self.name = name
    self.variant = variant
    self.inputs = inputs
    self.range = range
    self.parameters = parameters
    self.tolerance = tolerance
    self.step = step
    self.compute = compute
  }

  /// The worst difference of gradients from the tape and from central differences.
  func error(on device: CPU) -> Double {
    let tensors = inputs.enumerated().map { index, shape in
      Tensor.random(
        shape, from: range.lowerBound, to: range.upperBound, seed: UInt64(index + 1), on: device)
    }
    let parameters = parameters.enumerated().map { index, shape in
      Parameter(
        .random(
          shape, from: range.lowerBound, to: range.upperBound, seed: UInt64(index + 11),
          layout: .rowMajor, on: device))
    }
    return gradientError(inputs: tensors, parameters: parameters, step: step) {
      compute($0, parameters)
    }
  }
}

/// Every public operation of the module.
enum OperationTable {
  static let all =
    arithmetic + unary + activations + layers + pools + resizes + movement + reductions + losses
    + selections + focalLosses + regions

  /// Shapes out of the ordinary: one pixel, one channel, channels that fill no vector, one image.
  static let odd: [Shape] = [[1, 1, 1, 1], [1, 1, 3, 2], [2, 11, 1, 1], [3, 5, 2, 3], [19]]

  static let pairs: [(Shape, Shape)] = [
    ([2, 3, 4, 5], [2, 3, 4, 5]), ([2, 11, 2, 1], [11, 1, 1]), ([4, 1], [1, 3]),
    ([2, 3, 2, 5], [2, 1, 2, 5]), ([1, 1, 1, 1], [2, 1, 3, 1]), ([5], []),
  ]

  static let arithmetic: [OperationCase] = pairs.flatMap { (left, right) -> [OperationCase] in
    let variant = "\(left) and \(right)"
    let inputs = [left, right]
    return [
      OperationCase("+", variant, inputs) { x, _ in x[0] + x[1] },
      OperationCase("-", variant, inputs) { x, _ in x[0] - x[1] },
      OperationCase("*", variant, inputs) { x, _ in x[0] * x[1] },
      OperationCase("/", variant, inputs, range: 0.7...2) { x, _ in x[0] / x[1] },
      OperationCase("pow", variant, inputs, range: 0.5...2) { x, _ in x[0].pow(x[1]) },
      // Away from ties.
      OperationCase("maximum", variant, inputs, step: 1e-3) { x, _ in maximum(x[0], x[1] * 3) },
      OperationCase("minimum", variant, inputs, step: 1e-3) { x, _ in minimum(x[0], x[1] * 3) },
      OperationCase("select", variant, inputs) { x, _ in
        select(.random(left, seed: 5, on: x[0].device) .> 0, x[0] * 2, x[1])
      },
    ]
  }

  static let unary: [OperationCase] = odd.flatMap { (shape) -> [OperationCase] in
    [
      OperationCase("exp", "\(shape)", [shape]) { x, _ in x[0].exp() },
      OperationCase("log", "\(shape)", [shape], range: 0.5...2) { x, _ in x[0].log() },
      OperationCase("sqrt", "\(shape)", [shape], range: 0.5...2) { x, _ in x[0].sqrt() },
      OperationCase("abs", "\(shape)", [shape], range: 0.1...2) { x, _ in (-x[0]).abs() },
      OperationCase("pow", "\(shape)", [shape], range: 0.5...2) { x, _ in x[0].pow(1.7) },
      OperationCase("pow", "squares, \(shape)", [shape]) { x, _ in x[0].pow(2) },
      OperationCase("clamp", "\(shape)", [shape], step: 1e-3) { x, _ in
        x[0].clamp(minimum: -0.505, maximum: 0.605)
      },
      OperationCase("+", "number, \(shape)", [shape]) { x, _ in 2 + x[0] + 1 },
      OperationCase("-", "number, \(shape)", [shape]) { x, _ in 2 - (x[0] - 1) },
      OperationCase("*", "number, \(shape)", [shape]) { x, _ in 2 * x[0] * 3 },
      OperationCase("/", "number, \(shape)", [shape], range: 0.7...2) { x, _ in 2 / (x[0] / 3) },
      OperationCase("filled", "\(shape)", [shape]) { x, _ in
        x[0].filled(with: 3, where: .random(shape, seed: 5, on: x[0].device) .< 0)
      },
      OperationCase("dropout", "\(shape)", [shape]) { x, _ in
        var generator = Generator(seed: 3)
        return dropout(x[0], probability: 0.4, generator: &generator)
      },
      OperationCase("dropChannels", "\(shape)", [shape.rank < 2 ? [3, 5] : shape]) { x, _ in
        var generator = Generator(seed: 3)
        return dropChannels(x[0], probability: 0.4, generator: &generator)
      },
    ]
  }

  static let smooth: [Activation] = [
    .identity, .hardSwish, .sigmoid, .swish, .tanh, .leakyReLU(slope: 0.2), .gelu, .relu, .relu6,
    .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1),
  ]

  static let activations: [OperationCase] = smooth.flatMap { activation in
    odd.flatMap { shape in
      // On one side of each kink: 0, 3 and 6.
      [0.1...2.8, -2.8...(-0.1), 3.1...5.8].map { range in
        OperationCase(
          "activate", "\(activation) of \(shape) in \(range)", [shape], range: range,
          tolerance: 5e-3
        ) { x, _ in activate(x[0], activation) }
      }
    }
  }
}
