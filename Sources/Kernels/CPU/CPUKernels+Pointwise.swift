internal import CKernels

extension PointwiseFunction {
  var lowered: ck_function {
    func make(
      _ kind: Int, _ a: Float = 0, _ b: Float = 0, _ c: Float = 0, _ d: Float = 0
    ) -> ck_function {
      ck_function(kind: Int32(kind), a: a, b: b, c: c, d: d)
    }
    return switch self {
    case .identity: make(CK_IDENTITY)
    case .relu: make(CK_RELU)
    case .relu6: make(CK_RELU6)
    case .hardSwish: make(CK_HARD_SWISH)
    case .hardSigmoid(let bias, let divisor, let minimum, let maximum):
      make(CK_HARD_SIGMOID, bias, divisor, minimum, maximum)
    case .sigmoid: make(CK_SIGMOID)
    case .swish: make(CK_SWISH)
    case .tanh: make(CK_TANH)
    case .leakyReLU(let slope): make(CK_LEAKY_RELU, slope)
    case .gelu: make(CK_GELU)
    case .affine(let scale, let shift): make(CK_AFFINE, scale, shift)
    case .quotient(let numerator): make(CK_DIVIDE, numerator)
    case .exp: make(CK_EXP)
    case .log: make(CK_LOG)
    case .squareRoot: make(CK_SQRT)
    case .magnitude: make(CK_ABS)
    case .power(let exponent): make(CK_POWER, exponent)
    case .clamp(let minimum, let maximum): make(CK_CLAMP, minimum, maximum)
    }
  }
}

extension BinaryOperation {
  fileprivate var lowered: Int32 {
    switch self {
    case .add: Int32(CK_ADD)
    case .subtract: Int32(CK_SUBTRACT)
    case .multiply: Int32(CK_MULTIPLY)
    case .divide: Int32(CK_DIVISION)
    case .maximum: Int32(CK_MAXIMUM)
    case .minimum: Int32(CK_MINIMUM)
    case .power: Int32(CK_RAISE)
    case .equal: Int32(CK_EQUAL)
    case .unequal: Int32(CK_UNEQUAL)
    case .less: Int32(CK_LESS)
    case .lessOrEqual: Int32(CK_LESS_OR_EQUAL)
    }
  }
}

extension CPUKernels {
  public func apply(_ function: PointwiseFunction, _ x: Source, into y: Target, count: Int) {
    ck_apply(threadCount, function.lowered, x, y, count)
  }

  public func applyBackward(
    _ function: PointwiseFunction, _ x: Source, gradient dy: Source, into dx: Target, count: Int
  ) {
    ck_apply_backward(threadCount, function.lowered, x, dy, dx, count)
  }

  public func fill(_ y: Target, with value: Float, count: Int) {
    ck_fill(threadCount, value, y, count)
  }

  public func add(_ x: Source, scale: Float, to y: Target, count: Int) {
    ck_add_scaled(threadCount, scale, x, y, count)
  }

  public func combine(
    _ operation: BinaryOperation, _ x: Source, _ y: Source, into z: Target, count: Int
  ) {
    ck_binary(threadCount, operation.lowered, x, y, z, count)
  }

  public func combine(
    _ operation: BinaryOperation, extents: [Int], _ x: Source, strides xStrides: [Int],
    _ y: Source, strides yStrides: [Int], into z: Target
  ) {
    precondition(
      extents.count == xStrides.count && extents.count == yStrides.count && !extents.isEmpty,
      "strides \(xStrides) and \(yStrides) for extents \(extents)")
    ck_binary_strided(
      threadCount, operation.lowered, Int32(extents.count), extents, x, xStrides, y, yStrides, z)
  }

  public func dropOut(
    _ x: Source, seed: UInt64, probability: Float, into y: Target, count: Int
  ) {
    ck_dropout(threadCount, UInt(seed), probability, x, y, count)
  }

  public func rectify(
    _ x: Source, _ slopes: RectifierSlopes, pixels: Int, channels: Int, into y: Target
  ) {
    ck_prelu(threadCount, x, slopes.values, slopes.isShared ? 1 : 0, y, pixels, channels)
  }

  public func rectifyBackward(
    _ x: Source, _ slopes: RectifierSlopes, gradient dy: Source, pixels: Int, channels: Int,
    into dx: Target?, slopes dSlopes: Target?
  ) {
    ck_prelu_backward(
      threadCount, x, slopes.values, slopes.isShared ? 1 : 0, dy, dx, dSlopes, pixels, channels)
  }
}
