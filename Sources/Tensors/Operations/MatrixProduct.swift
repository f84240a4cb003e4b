internal import Kernels

/// The product of matrices `[…, M, K]` and `[…, K, N]`; axes in front are repeated as in a sum.
///
/// - Parameters:
///   - transposingLeft: `left` is `[…, K, M]`.
///   - transposingRight: `right` is `[…, N, K]`.
/// - Returns: `[…, M, N]`
public func matrixProduct(
  _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
) -> Tensor {
  let problem = MatrixProblem(left.shape, right.shape, transposingLeft, transposingRight)
  let (a, b) = (left.plain, right.plain)
  let output = Tensor.uninitialized(problem.outputShape, on: left.device)
  for batch in problem.batches {
    left.kernels.multiply(
      rows: problem.rows, columns: problem.columns, inner: problem.inner,
      a.source + batch.left, transposesA: transposingLeft, b.source + batch.right,
      transposesB: transposingRight, into: output.target + batch.output, adds: false)
  }
  return recorded(.matrixProduct, inputs: [left, right], value: output) {
    [nodes = (left.trace?.node, right.trace?.node)] gradient, tape in
    let gradient = gradient.plain
    if tape.wantsGradient(at: nodes.0) {
      tape.accumulate(problem.leftGradient(gradient, a, b), at: nodes.0)
    }
    if tape.wantsGradient(at: nodes.1) {
      tape.accumulate(problem.rightGradient(gradient, a, b), at: nodes.1)
    }
  }
}

extension Tensor {
  fileprivate var plain: Tensor { shape.rank == 4 ? arranged(.rowMajor) : detached }
}

/// Which matrices are multiplied with which.
private struct MatrixProblem {
  /// Where the matrices of one product begin.
  struct Batch {
    var left: Int
    var right: Int
    var output: Int
  }

  let rows: Int
  let columns: Int
  let inner: Int
  let outputShape: Shape
  private(set) var batches: [Batch] = []
  private let transposesLeft: Bool
  private let transposesRight: Bool

  init(_ left: Shape, _ right: Shape, _ transposesLeft: Bool, _ transposesRight: Bool) {
    precondition(
      left.rank >= 2 && right.rank >= 2, "the product of \(left) and \(right) needs matrices")
    let (m, n) = (left.dimensions.suffix(2), right.dimensions.suffix(2))
    let (a, b) = (Array(m), Array(n))
    (rows, inner) = transposesLeft ? (a[1], a[0]) : (a[0], a[1])
    columns = transposesRight ? b[0] : b[1]
    precondition(
      inner == (transposesRight ? b[1] : b[0]), "matrices \(left) and \(right) do not match")
    self.transposesLeft = transposesLeft
    self.transposesRight = transposesRight
    let rank = max(left.rank, right.rank) - 2
    func extent(_ shape: Shape, _ axis: Int) -> Int {
      let place = axis + shape.rank - 2 - rank
      return place < 0 ? 1 : shape[place]
    }
    var leading: [Int] = []
    for axis in 0..<rank {
      let (x, y) = (extent(left, axis), extent(right, axis))
      precondition(x == y || x == 1 || y == 1, "batches \(left) and \(right) do not match")
      leading.append(x == 1 ? y : x)
    }
    outputShape = Shape(leading + [rows, columns])
    for number in 0..<leading.reduce(1, *) {
      var (rest, x, y, xStep, yStep) = (number, 0, 0, 1, 1)
      for axis in (0..<rank).reversed() {
        let place = rest % leading[axis]
        rest /= leading[axis]
        if extent(left, axis) != 1 { x += place * xStep }
        if extent(right, axis) != 1 { y += place * yStep }
        xStep *= extent(left, axis)
        yStep *= extent(right, axis)
      }
      batches.append(
        Batch(left: x * rows * inner, right: y * inner * columns, output: number * rows * columns))
    }
  }

  /// `dA = dC Bᵀ`, or its transpose; products that share an A add up.
  func leftGradient(_ gradient: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let result = Tensor.zeros(a.shape, on: a.device)
    for batch in batches {
      let (dc, right) = (gradient.source + batch.output, b.source + batch.right)
      if transposesLeft {
        gradient.kernels.multiply(
          rows: inner, columns: rows, inner: columns, right, transposesA: transposesRight, dc,
          transposesB: true, into: result.target + batch.left, adds: true)
      } else {
        gradient.kernels.multiply(
          rows: rows, columns: inner, inner: columns, dc, transposesA: false, right,
          transposesB: !transposesRight, into: result.target + batch.left, adds: true)
      }
    }
    return result
  }

  /// `dB = Aᵀ dC`, or its transpose; products that share a B add up.
  func rightGradient(_ gradient: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let result = Tensor.zeros(b.shape, on: b.device)
    for batch in batches {
      let (dc, left) = (gradient.source + batch.output, a.source + batch.left)
      if transposesRight {
        gradient.kernels.multiply(
          rows: columns, columns: inner, inner: rows, dc, transposesA: true, left,
          transposesB: transposesLeft, into: result.target + batch.right, adds: true)
      } else {
        gradient.kernels.multiply(
          rows: inner, columns: columns, inner: rows, left, transposesA: !transposesLeft, dc,
          transposesB: false, into: result.target + batch.right, adds: true)
      }
    }
    return result
  }
}
