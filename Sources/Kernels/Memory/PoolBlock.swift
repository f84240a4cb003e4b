/// A block of a pool, given back when the last holder lets go of it.
final class PoolBlock {
  let pointer: UnsafeMutableRawPointer
  private let pool: MemoryPool
  private let gate: Gate?

  /// - Parameter gate: passed to give the block back, where that may happen while other threads use
  ///   the pool, which also pass it. To be held already when the block is made.
  init(byteCount: Int, pool: MemoryPool, gate: Gate? = nil) {
    self.pool = pool
    self.gate = gate
    pointer = pool.allocate(byteCount: byteCount)
  }

  deinit {
    if let gate {
      gate.pass { pool.deallocate(pointer) }
    } else {
      pool.deallocate(pointer)
    }
  }

  var floats: Target { pointer.assumingMemoryBound(to: Float.self) }
}
