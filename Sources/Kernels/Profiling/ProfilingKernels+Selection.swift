// MARK: - Selection

extension ProfilingKernels {
  public func select(
    extents: [Int], mask: StridedSource, _ x: StridedSource, _ y: StridedSource, into z: Target
  ) {
    move(4 * extents.reduce(1, *)) {
      base.select(extents: extents, mask: mask, x, y, into: z)
    }
  }

  public func gather(extents: [Int], _ x: StridedSource, into z: Target) {
    move(2 * extents.reduce(1, *)) { base.gather(extents: extents, x, into: z) }
  }

  public func take(_ axis: PickedAxis, _ x: Source, index: UnsafePointer<Int>, into y: Target) {
    move(2 * axis.picked) { base.take(axis, x, index: index, into: y) }
  }

  public func takeBackward(
    _ axis: PickedAxis, gradient dy: Source, index: UnsafePointer<Int>, into dx: Target
  ) {
    move(axis.picked + axis.all) {
      base.takeBackward(axis, gradient: dy, index: index, into: dx)
    }
  }

  public func gather(_ axis: PickedAxis, _ x: Source, index: UnsafePointer<Int>, into y: Target) {
    // An index is as large as two elements.
    move(4 * axis.picked) { base.gather(axis, x, index: index, into: y) }
  }

  public func gatherBackward(
    _ axis: PickedAxis, gradient dy: Source, index: UnsafePointer<Int>, into dx: Target
  ) {
    move(3 * axis.picked + axis.all) {
      base.gatherBackward(axis, gradient: dy, index: index, into: dx)
    }
  }

  public func rank(
    _ axis: PickedAxis, _ x: Source, descending: Bool, into index: UnsafeMutablePointer<Int>
  ) {
    move(axis.all + 2 * axis.picked) {
      base.rank(axis, x, descending: descending, into: index)
    }
  }

  private func move(_ elements: Int, _ body: () -> Void) {
    profile.measure("selection", elements: elements, body)
  }
}

extension PickedAxis {
  fileprivate var picked: Int { outer * count * inner }
  fileprivate var all: Int { outer * extent * inner }
}
