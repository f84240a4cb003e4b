/// A function of one number.
public enum PointwiseFunction: Hashable, Sendable {
  case identity, relu, relu6, hardSwish, sigmoid, swish, tanh, gelu
  case hardSigmoid(bias: Float, divisor: Float, minimum: Float, maximum: Float)
  case leakyReLU(slope: Float)
  /// `scale * x + shift`
  case affine(scale: Float, shift: Float)
  /// `numerator / x`
  case quotient(numerator: Float)
  case exp, log, squareRoot, magnitude
  case power(exponent: Float)
  case clamp(minimum: Float, maximum: Float)
}

public enum BinaryOperation: Hashable, Sendable {
  case add, subtract, multiply, divide
}

public protocol PointwiseKernels {
  func apply(_ function: PointwiseFunction, _ x: Source, into y: Target, count: Int)
  /// `dx = dy * function'(x)`; dx may be dy.
  func applyBackward(
    _ function: PointwiseFunction, _ x: Source, gradient dy: Source, into dx: Target, count: Int)
  func fill(_ y: Target, with value: Float, count: Int)
  /// `y += scale * x`
  func add(_ x: Source, scale: Float, to y: Target, count: Int)
  func combine(
    _ operation: BinaryOperation, _ x: Source, _ y: Source, into z: Target, count: Int)
  /// Axes outermost first; a stride of 0 repeats an operand.
  func combine(
    _ operation: BinaryOperation, extents: [Int], _ x: Source, strides xStrides: [Int],
    _ y: Source, strides yStrides: [Int], into z: Target)
  /// Zeroes elements with `probability` and scales the others; the choice depends on `seed` and
  /// the position alone, so that the same call on a gradient is the backward pass.
  func dropOut(_ x: Source, seed: UInt64, probability: Float, into y: Target, count: Int)
}
