internal import Kernels

extension Activation {
  var function: PointwiseFunction {
    switch self {
    case .identity: .identity
    case .relu: .relu
    case .relu6: .relu6
    case .hardSwish: .hardSwish
    case .hardSigmoid(let bias, let divisor, let minimum, let maximum):
      .hardSigmoid(bias: bias, divisor: divisor, minimum: minimum, maximum: maximum)
    case .sigmoid: .sigmoid
    case .swish: .swish
    case .tanh: .tanh
    case .leakyReLU(let slope): .leakyReLU(slope: slope)
    case .gelu: .gelu
    }
  }
}

/// Applies an activation to each element.
public func activate(_ x: Tensor, _ activation: Activation) -> Tensor {
  if activation == .identity { return x }
  return pointwise(x, activation.function, .activation(activation))
}

private func pointwise(
  _ x: Tensor, _ function: PointwiseFunction, _ operation: @autoclosure () -> Operation
) -> Tensor {
  let input = x.detached
  let output = x.makeAlike()
  // Rectifiers tell from their output where they let a gradient through. It is kept by whatever
  // comes next anyway; the input is not, and may never be there.
  let keepsOutput = function == .relu || function == .relu6
  if keepsOutput, let sum = x.pendingSum {
    sum.compute(function, into: output.target)
    if x.trace != nil { output.storage.recipe = ActivatedSum(sum, function) }
  } else {
    x.kernels.apply(function, input.source, into: output.target, count: x.shape.count)
  }
  let kept = keepsOutput ? output : input
  return recorded(operation(), inputs: [x], value: output) {
    [node = x.trace?.node] gradient, tape in
    gradient.kernels.applyBackward(
      function, kept.source, gradient: gradient.source, into: gradient.target,
      count: gradient.shape.count)
    // Nobody needs the elements from here on; whoever still holds them should not hold more.
    kept.storage.recipe = nil
    tape.accumulate(gradient, at: node)
  }
}

extension Tensor {
  public func exp() -> Tensor { pointwise(self, .exp, .elementwise("exp")) }

  /// The natural logarithm.
  public func log() -> Tensor { pointwise(self, .log, .elementwise("log")) }

  public func sqrt() -> Tensor { pointwise(self, .squareRoot, .elementwise("sqrt")) }

  public func abs() -> Tensor { pointwise(self, .magnitude, .elementwise("abs")) }

  /// Each element to the power of `exponent`.
  public func pow(_ exponent: Float) -> Tensor {
    let function: PointwiseFunction =
      exponent == 0.5 ? .squareRoot : .power(exponent: exponent)
    return exponent == 2 ? self * self : pointwise(self, function, .elementwise("pow"))
  }

  /// Each element, or the nearer bound when it lies outside.
  public func clamp(minimum: Float = -.infinity, maximum: Float = .infinity) -> Tensor {
    pointwise(self, .clamp(minimum: minimum, maximum: maximum), .elementwise("clamp"))
  }

  // MARK: With a number

  public static func + (left: Tensor, right: Float) -> Tensor {
    pointwise(left, .affine(scale: 1, shift: right), .elementwise("add"))
  }

  public static func + (left: Float, right: Tensor) -> Tensor { right + left }

  public static func - (left: Tensor, right: Float) -> Tensor { left + -right }

  public static func - (left: Float, right: Tensor) -> Tensor {
    pointwise(right, .affine(scale: -1, shift: left), .elementwise("subtract"))
  }

  public static func * (left: Tensor, right: Float) -> Tensor {
    pointwise(left, .affine(scale: right, shift: 0), .elementwise("scale"))
  }

  public static func * (left: Float, right: Tensor) -> Tensor { right * left }

  public static func / (left: Tensor, right: Float) -> Tensor { left * (1 / right) }

  public static func / (left: Float, right: Tensor) -> Tensor {
    pointwise(right, .quotient(numerator: left), .elementwise("divide"))
  }

  public static prefix func - (value: Tensor) -> Tensor { value * -1 }
}

/// Zeroes elements with `probability` and scales the others by `1 / (1 - probability)`
/// (Srivastava et al., 2014).
public func dropout(
  _ x: Tensor, probability: Float, generator: inout Generator
) -> Tensor {
  precondition((0...1).contains(probability), "dropout with probability \(probability)")
  let seed = generator.next()
  let output = x.makeAlike()
  x.kernels.dropOut(
    x.source, seed: seed, probability: probability, into: output.target, count: x.shape.count)
  return recorded(.dropout, inputs: [x], value: output) {
    [node = x.trace?.node] gradient, tape in
    gradient.kernels.dropOut(
      gradient.source, seed: seed, probability: probability, into: gradient.target,
      count: gradient.shape.count)
    tape.accumulate(gradient, at: node)
  }
}

/// Zeroes whole channels of `x` `[N, C, …]` with `probability`, each image for itself, and scales the
/// others by `1 / (1 - probability)` (Tompson et al., "Efficient object localization", 2015).
public func dropChannels(
  _ x: Tensor, probability: Float, generator: inout Generator
) -> Tensor {
  precondition((0...1).contains(probability), "dropout with probability \(probability)")
  precondition(x.shape.rank >= 2, "channels of shape \(x.shape), which is not [N, C, …]")
  let scale = probability < 1 ? 1 / (1 - probability) : 0
  let factors = (0..<x.shape[0] * x.shape[1]).map { _ in
    Float(generator.uniform()) < probability ? 0 : scale
  }
  let extents = x.shape.dimensions.enumerated().map { $0 < 2 ? $1 : 1 }
  let factor = Tensor(factors, shape: Shape(extents), on: x.device)
  return recorded(.dropout, inputs: [x], value: combine(.multiply, x, factor)) {
    [node = x.trace?.node] gradient, tape in
    tape.accumulate(combine(.multiply, gradient, factor), at: node)
  }
}
