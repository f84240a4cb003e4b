internal import Kernels

extension Tensor {
  /// Sum, element by element; axes of extent 1, and missing ones in front, are repeated.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    let output = combine(.add, left, right)
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

/// Where an operand came from, to bring a gradient of the result back to its shape.
private struct Origin {
  let node: Int?
  let shape: Shape

  init(_ tensor: Tensor) {
    node = tensor.trace?.node
    shape = tensor.shape
  }

  /// Sums over the axes along which the operand was repeated.
  func gather(_ gradient: Tensor) -> Tensor {
    if gradient.shape == shape { return gradient }
    let leading = gradient.shape.rank - shape.rank
    let repeated = (0..<gradient.shape.rank).filter {
      $0 < leading || (shape[$0 - leading] == 1 && gradient.shape[$0] != 1)
    }
    return gradient.detached.reduced(axes: repeated, scale: 1).relabelled(shape)
  }
}

private func combine(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor) -> Tensor {
  if left.shape == right.shape && left.layout == right.layout {
    let output = left.makeAlike()
    left.kernels.combine(
      operation, left.source, right.source, into: output.target, count: left.shape.count)
    return output
  }
  let shape = broadcast(left.shape, right.shape)
  let isActivation =
    shape.rank == 4 && (left.layout == .channelsLast || right.layout == .channelsLast)
  let output = Tensor.uninitialized(
    shape, layout: isActivation ? .channelsLast : .rowMajor, on: left.device)
  guard shape.count > 0 else { return output }
  let axes = output.storedAxes
  let (xSteps, ySteps) = (left.steps(in: shape), right.steps(in: shape))
  let merged = merge(
    extents: axes.map { shape[$0] }, axes.map { xSteps[$0] }, axes.map { ySteps[$0] })
  left.kernels.combine(
    operation, extents: merged.extents, left.source, strides: merged.x, right.source,
    strides: merged.y, into: output.target)
  return output
}

/// The common shape of two operands, aligned at the end.
private func broadcast(_ left: Shape, _ right: Shape) -> Shape {
  let rank = max(left.rank, right.rank)
  return Shape(
    (0..<rank).map { axis in
      let a = axis + left.rank - rank < 0 ? 1 : left[axis + left.rank - rank]
      let b = axis + right.rank - rank < 0 ? 1 : right[axis + right.rank - rank]
      precondition(a == b || a == 1 || b == 1, "shapes \(left) and \(right) do not match")
      return a == 1 ? b : a
    })
}

/// Neighbouring axes that both operands walk through as one become one.
private func merge(
  extents: [Int], _ x: [Int], _ y: [Int]
) -> (extents: [Int], x: [Int], y: [Int]) {
  var result: (extents: [Int], x: [Int], y: [Int]) = ([1], [0], [0])
  for axis in extents.indices where extents[axis] != 1 {
    let last = result.extents.count - 1
    let isContinued =
      result.x[last] == x[axis] * extents[axis] && result.y[last] == y[axis] * extents[axis]
    if result.extents[last] == 1 || isContinued {
      result.extents[last] *= extents[axis]
      result.x[last] = x[axis]
      result.y[last] = y[axis]
    } else {
      result.extents.append(extents[axis])
      result.x.append(x[axis])
      result.y.append(y[axis])
    }
  }
  return result
}

extension Tensor {
  /// Distances of neighbours along the axes of `whole`, to which this tensor is repeated.
  fileprivate func steps(in whole: Shape) -> [Int] {
    var steps = [Int](repeating: 0, count: whole.rank)
    var step = 1
    for axis in storedAxes.reversed() {
      if shape[axis] != 1 { steps[axis + whole.rank - shape.rank] = step }
      step *= shape[axis]
    }
    return steps
  }
}
