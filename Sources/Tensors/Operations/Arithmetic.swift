internal import Kernels

extension Tensor {
  /// Sum, element by element; axes of extent 1, and missing ones in front, are repeated.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    let output =
      PendingSum(left, right).map { .pending($0, shape: left.shape, on: left.device) }
      ?? combine(.add, left, right)
    return recorded(.add, inputs: [left, right], value: output) {
      [a = Origin(left), b = Origin(right)] gradient, tape in
      // Each side must get a tensor of its own.
      let sharesGradient =
        tape.wantsGradient(at: b.node) && a.shape == gradient.shape && b.shape == gradient.shape
      tape.accumulate(sharesGradient ? gradient.copied() : a.gather(gradient), at: a.node)
      tape.accumulate(b.gather(gradient), at: b.node)
    }
  }

  /// Difference, element by element, with repetition as in a sum.
  public static func - (left: Tensor, right: Tensor) -> Tensor {
    let output = combine(.subtract, left, right)
    return recorded(.subtract, inputs: [left, right], value: output) {
      [a = Origin(left), b = Origin(right)] gradient, tape in
      tape.accumulate(b.gather(gradient.detached * -1), at: b.node)
      tape.accumulate(a.gather(gradient), at: a.node)
    }
  }

  /// Product, element by element, with repetition as in a sum.
  public static func * (left: Tensor, right: Tensor) -> Tensor {
    let output = combine(.multiply, left, right)
    return recorded(.multiply, inputs: [left, right], value: output) {
      [a = Origin(left), b = Origin(right), x = left.detached, y = right.detached]
      gradient, tape in
      tape.accumulate(a.gather(combine(.multiply, gradient, y)), at: a.node)
      tape.accumulate(b.gather(combine(.multiply, gradient, x)), at: b.node)
    }
  }

  /// Quotient, element by element, with repetition as in a sum.
  public static func / (left: Tensor, right: Tensor) -> Tensor {
    let output = combine(.divide, left, right)
    return recorded(.divide, inputs: [left, right], value: output) {
      [a = Origin(left), b = Origin(right), y = right.detached, output] gradient, tape in
      let scaled = combine(.divide, gradient, y)
      tape.accumulate(b.gather(combine(.multiply, scaled, output) * -1), at: b.node)
      tape.accumulate(a.gather(scaled), at: a.node)
    }
  }
}

// MARK: - Powers and extremes

extension Tensor {
  /// Each element to the power of that of `exponent`, with repetition as in a sum.
  public func pow(_ exponent: Tensor) -> Tensor {
    let output = combine(.power, self, exponent)
    return recorded(.power, inputs: [self, exponent], value: output) {
      [a = Origin(self), b = Origin(exponent), x = detached, y = exponent.detached, output]
      gradient, tape in
      let gradient = gradient.detached
      // At an exponent of 0, and at a base of 0, the limits are not what the formulas give.
      tape.accumulate(
        a.gather(gradient * (y * x.pow(y - 1)).filled(with: 0, where: y .== 0)), at: a.node)
      tape.accumulate(
        b.gather(gradient * (output * x.log()).filled(with: 0, where: x .== 0)), at: b.node)
    }
  }
}

/// The larger of two elements each, with repetition as in a sum. Equals share a gradient.
public func maximum(_ left: Tensor, _ right: Tensor) -> Tensor {
  extreme(.maximum, .maximum, left, right) { $1 .< $0 }
}

/// The lesser of two elements each, with repetition as in a sum. Equals share a gradient.
public func minimum(_ left: Tensor, _ right: Tensor) -> Tensor {
  extreme(.minimum, .minimum, left, right) { $0 .< $1 }
}

/// - Parameter wins: a mask of where the first operand is the outcome.
private func extreme(
  _ function: BinaryOperation, _ operation: Operation, _ left: Tensor, _ right: Tensor,
  wins: @escaping (Tensor, Tensor) -> Tensor
) -> Tensor {
  let output = combine(function, left, right)
  return recorded(operation, inputs: [left, right], value: output) {
    [a = Origin(left), b = Origin(right), x = left.detached, y = right.detached] gradient, tape in
    let gradient = gradient.detached
    let half = (x .== y) * 0.5
    tape.accumulate(a.gather(gradient * (wins(x, y) + half)), at: a.node)
    tape.accumulate(b.gather(gradient * (wins(y, x) + half)), at: b.node)
  }
}
