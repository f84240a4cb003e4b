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

/// A function of two numbers. Comparisons give 1 or 0.
public enum BinaryOperation: Hashable, Sendable {
  case add, subtract, multiply, divide
  /// NaN where one side is.
  case maximum, minimum
  /// The first to the power of the second.
  case power
  case equal, unequal, less, lessOrEqual
}

/// The slopes of a leaky rectifier left of zero.
public struct RectifierSlopes {
  public var values: Source
  /// Whether there is a single one for all channels.
  public var isShared: Bool

  public init(values: Source, isShared: Bool) {
    self.values = values
    self.isShared = isShared
  }
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
  /// `x` where it is positive, else its product with a slope (of its channel).
  func rectify(_ x: Source, _ slopes: RectifierSlopes, pixels: Int, channels: Int, into y: Target)
  /// - Parameter dSlopes: receives what each element contributes.
  func rectifyBackward(
    _ x: Source, _ slopes: RectifierSlopes, gradient dy: Source, pixels: Int, channels: Int,
    into dx: Target?, slopes dSlopes: Target?)
}
