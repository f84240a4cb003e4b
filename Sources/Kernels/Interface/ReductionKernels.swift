public protocol ReductionKernels {
  func sum(_ x: Source, count: Int) -> Double
  func sumOfSquares(_ x: Source, count: Int) -> Double
  /// NaN if there is one.
  func largestMagnitude(_ x: Source, count: Int) -> Float
  /// `y[o, i] = scale * Σ x[o, r, i]`
  func reduce(_ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target)
  /// `y[o, r, i] = scale * x[o, i]`
  func expand(_ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target)
  /// The largest `x[o, r, i]` over r, or the least; NaN wins.
  ///
  /// - Parameter chosen: receives its r, the first of equals.
  func reduceExtreme(
    _ x: Source, least: Bool, outer: Int, reduced: Int, inner: Int, into y: Target,
    chosen: UnsafeMutablePointer<Int32>?)
  /// `y[o, r, i] = x[o, i]` where r was chosen, else 0.
  func expandChosen(
    _ x: Source, chosen: UnsafePointer<Int32>, outer: Int, reduced: Int, inner: Int,
    into y: Target)
}
