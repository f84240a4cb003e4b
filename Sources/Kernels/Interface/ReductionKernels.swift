public protocol ReductionKernels {
  func sum(_ x: Source, count: Int) -> Double
  func sumOfSquares(_ x: Source, count: Int) -> Double
  /// NaN if there is one.
  func largestMagnitude(_ x: Source, count: Int) -> Float
  /// `y[o, i] = scale * Σ x[o, r, i]`
  func reduce(_ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target)
  /// `y[o, r, i] = scale * x[o, i]`
  func expand(_ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target)
}
