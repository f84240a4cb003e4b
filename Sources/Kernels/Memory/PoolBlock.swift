/// A block of a pool, given back when the last holder lets go of it.
final class PoolBlock {
  let pointer: UnsafeMutableRawPointer
  private let pool: MemoryPool

  init(byteCount: Int, pool: MemoryPool) {
    self.pool = pool
    pointer = pool.allocate(byteCount: byteCount)
  }

  deinit {
    pool.deallocate(pointer)
  }

  var floats: Target { pointer.assumingMemoryBound(to: Float.self) }
}
