/// Elements seen as outer × extent × inner, of which positions along the middle axis are picked.
public struct PickedAxis {
  public var outer: Int
  /// Positions of the axis picked from.
  public var extent: Int
  /// Positions of the outcome.
  public var count: Int
  public var inner: Int

  public init(outer: Int, extent: Int, count: Int, inner: Int) {
    self.outer = outer
    self.extent = extent
    self.count = count
    self.inner = inner
  }
}

/// One operand of a kernel that walks axes outermost first; a stride of 0 repeats it.
public struct StridedSource {
  public var values: Source
  public var strides: [Int]

  public init(_ values: Source, strides: [Int]) {
    self.values = values
    self.strides = strides
  }
}

public protocol SelectionKernels {
  /// `x` where the mask is not 0, else `y`.
  func select(
    extents: [Int], mask: StridedSource, _ x: StridedSource, _ y: StridedSource, into z: Target)
  /// Copies elements at strides into `z` without gaps.
  func gather(extents: [Int], _ x: StridedSource, into z: Target)
  /// `y[o, r, i] = x[o, index[r], i]`
  func take(_ axis: PickedAxis, _ x: Source, index: UnsafePointer<Int>, into y: Target)
  func takeBackward(
    _ axis: PickedAxis, gradient dy: Source, index: UnsafePointer<Int>, into dx: Target)
  /// `y[o, r, i] = x[o, index[o, r, i], i]`
  func gather(_ axis: PickedAxis, _ x: Source, index: UnsafePointer<Int>, into y: Target)
  func gatherBackward(
    _ axis: PickedAxis, gradient dy: Source, index: UnsafePointer<Int>, into dx: Target)
  /// `index[o, r, i]` becomes the r-th place of `x[o, …, i]` in the order of values; of equals the
  /// first comes first, and NaN counts as the largest.
  func rank(
    _ axis: PickedAxis, _ x: Source, descending: Bool, into index: UnsafeMutablePointer<Int>)
}
