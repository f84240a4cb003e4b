internal import Kernels

/// Where an operand came from, to bring a gradient of the result back to its shape.
struct Origin {
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

/// Applies `operation` element by element, off the tape; axes of extent 1, and missing ones in
/// front, are repeated.
func combine(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor) -> Tensor {
  if left.shape == right.shape && left.layout == right.layout {
    let output = left.makeAlike()
    left.kernels.combine(
      operation, left.source, right.source, into: output.target, count: left.shape.count)
    return output
  }
  let walk = BroadcastWalk([left, right])
  let output = Tensor.uninitialized(walk.shape, layout: walk.layout, on: left.device)
  guard walk.shape.count > 0 else { return output }
  left.kernels.combine(
    operation, extents: walk.extents, left.source, strides: walk.strides[0], right.source,
    strides: walk.strides[1], into: output.target)
  return output
}

/// How operands are walked through together, each repeated to their common shape.
struct BroadcastWalk {
  let shape: Shape
  /// Channels last when of rank 4 and one operand is.
  let layout: Layout
  /// Axes outermost first, those merged that all operands walk through as one.
  private(set) var extents: [Int] = [1]
  /// Of each operand, along ``extents``.
  private(set) var strides: [[Int]]

  init(_ operands: [Tensor]) {
    shape = operands.dropFirst().reduce(operands[0].shape) { broadcast($0, $1.shape) }
    let isActivation = shape.rank == 4 && operands.contains { $0.layout == .channelsLast }
    layout = isActivation ? .channelsLast : .rowMajor
    strides = operands.map { _ in [0] }
    let steps = operands.map { [shape] in $0.steps(in: shape) }
    for axis in isActivation ? [0, 2, 3, 1] : Array(0..<shape.rank) where shape[axis] != 1 {
      append(extent: shape[axis], steps: steps.map { $0[axis] })
    }
  }

  private mutating func append(extent: Int, steps: [Int]) {
    let last = extents.count - 1
    let isContinued = zip(strides, steps).allSatisfy { $0[last] == $1 * extent }
    if extents[last] == 1 || isContinued {
      extents[last] *= extent
      for (operand, step) in steps.enumerated() { strides[operand][last] = step }
    } else {
      extents.append(extent)
      for (operand, step) in steps.enumerated() { strides[operand].append(step) }
    }
  }
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

  /// Off the tape, repeated along axes of extent 1 and missing ones in front, stored in `layout`.
  func repeated(to whole: Shape, layout: Layout) -> Tensor {
    if shape == whole { return arranged(layout) }
    let output = Tensor.uninitialized(whole, layout: layout, on: device)
    guard whole.count > 0 else { return output }
    let steps = steps(in: whole)
    let axes = output.storedAxes
    precondition(whole.rank > 0, "shape \(shape) cannot be repeated to \(whole)")
    kernels.gather(
      extents: axes.map { whole[$0] }, StridedSource(source, strides: axes.map { steps[$0] }),
      into: output.target)
    return output
  }
}
