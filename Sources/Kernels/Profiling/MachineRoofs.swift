/// What this machine can do at most, measured with kernels that do nothing else.
public struct MachineRoofs {
  /// Floating-point operations a second, in a large matrix product.
  public let operations: Double
  /// Bytes a second, read and written, in a large copy.
  public let bytes: Double

  /// - Parameter threads: `nil` for OMP_NUM_THREADS, or else all processors of this process.
  public static func measure(threads: Int?) -> MachineRoofs {
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: threads, pool: pool)
    let extent = 1536
    let count = 24 << 20
    let source = PoolBlock(byteCount: 4 * count, pool: pool)
    let target = PoolBlock(byteCount: 4 * count, pool: pool)
    return withExtendedLifetime((source, target)) {
      kernels.fill(source.floats, with: 1, count: count)
      let product = best {
        kernels.multiply(
          rows: extent, columns: extent, inner: extent, source.floats, transposesA: false,
          source.floats + extent * extent, transposesB: false, into: target.floats, adds: false)
      }
      let whole = Blocks(length: count, count: 1, sourceStride: count, targetStride: count)
      let copy = best { kernels.copy(whole, source.floats, to: target.floats) }
      let cube = Double(extent) * Double(extent) * Double(extent)
      return MachineRoofs(operations: 2 * cube / product, bytes: 8 * Double(count) / copy)
    }
  }

  private static func best(_ body: () -> Void) -> Double {
    (0..<8).reduce(Double.infinity) { least, _ in
      let start = ContinuousClock.now
      body()
      return min(least, start.duration(to: .now) / .seconds(1))
    }
  }

  /// How long the work takes on a machine that reaches both roofs.
  public func leastSeconds(_ entry: KernelProfile.Entry) -> Double {
    max(entry.operations / operations, entry.bytes / bytes)
  }
}
