internal import CKernels

extension CPUKernels {
  public func select(
    extents: [Int], mask: StridedSource, _ x: StridedSource, _ y: StridedSource, into z: Target
  ) {
    for operand in [mask, x, y] { check(operand, extents) }
    ck_select(
      threadCount, Int32(extents.count), extents, mask.values, mask.strides, x.values, x.strides,
      y.values, y.strides, z)
  }

  public func gather(extents: [Int], _ x: StridedSource, into z: Target) {
    check(x, extents)
    ck_gather_strided(threadCount, Int32(extents.count), extents, x.values, x.strides, z)
  }

  private func check(_ operand: StridedSource, _ extents: [Int]) {
    precondition(
      operand.strides.count == extents.count && !extents.isEmpty,
      "strides \(operand.strides) for extents \(extents)")
  }

  public func take(_ axis: PickedAxis, _ x: Source, index: UnsafePointer<Int>, into y: Target) {
    ck_take(threadCount, x, index, y, axis.outer, axis.extent, axis.count, axis.inner)
  }

  public func takeBackward(
    _ axis: PickedAxis, gradient dy: Source, index: UnsafePointer<Int>, into dx: Target
  ) {
    ck_take_backward(threadCount, dy, index, dx, axis.outer, axis.extent, axis.count, axis.inner)
  }

  public func gather(_ axis: PickedAxis, _ x: Source, index: UnsafePointer<Int>, into y: Target) {
    ck_gather(threadCount, x, index, y, axis.outer, axis.extent, axis.count, axis.inner)
  }

  public func gatherBackward(
    _ axis: PickedAxis, gradient dy: Source, index: UnsafePointer<Int>, into dx: Target
  ) {
    ck_gather_backward(threadCount, dy, index, dx, axis.outer, axis.extent, axis.count, axis.inner)
  }

  public func rank(
    _ axis: PickedAxis, _ x: Source, descending: Bool, into index: UnsafeMutablePointer<Int>
  ) {
    precondition(axis.extent <= UInt32.max, "an order of \(axis.extent) elements")
    let workers = Int32(min(threads, max(axis.outer * axis.inner, 1)))
    let scratch = PoolBlock(byteCount: ck_rank_scratch_bytes(workers, axis.extent), pool: pool)
    withExtendedLifetime(scratch) {
      ck_rank(
        workers, x, descending ? 1 : 0, index, axis.outer, axis.extent, axis.count, axis.inner,
        scratch.pointer)
    }
  }
}
