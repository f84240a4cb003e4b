public protocol MatrixKernels {
  /// `c = op(a) op(b)`, or added to c, for row-major matrices: `op(a)` is rows × inner, `op(b)`
  /// inner × columns; a transposed operand is stored the other way round.
  func multiply(
    rows: Int, columns: Int, inner: Int, _ a: Source, transposesA: Bool, _ b: Source,
    transposesB: Bool, into c: Target, adds: Bool)
}
