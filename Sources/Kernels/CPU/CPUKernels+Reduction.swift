internal import CKernels

extension CPUKernels {
  public func sum(_ x: Source, count: Int) -> Double {
    ck_sum(threadCount, x, count)
  }

  public func sumOfSquares(_ x: Source, count: Int) -> Double {
    ck_sum_squares(threadCount, x, count)
  }

  public func largestMagnitude(_ x: Source, count: Int) -> Float {
    ck_max_magnitude(threadCount, x, count)
  }

  public func reduce(
    _ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target
  ) {
    ck_reduce(threadCount, x, y, outer, reduced, inner, scale, 0)
  }

  public func expand(
    _ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target
  ) {
    ck_expand(threadCount, x, y, outer, reduced, inner, scale)
  }

  public func reduceExtreme(
    _ x: Source, least: Bool, outer: Int, reduced: Int, inner: Int, into y: Target,
    chosen: UnsafeMutablePointer<Int32>?
  ) {
    ck_reduce_extreme(threadCount, least ? 1 : 0, x, y, chosen, outer, reduced, inner)
  }

  public func expandChosen(
    _ x: Source, chosen: UnsafePointer<Int32>, outer: Int, reduced: Int, inner: Int,
    into y: Target
  ) {
    ck_expand_chosen(threadCount, x, chosen, y, outer, reduced, inner)
  }
}
