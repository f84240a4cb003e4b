/// What this machine can do at most, measured with kernels that do nothing else.
public struct MachineRoofs {
  /// Floating-point operations a second, in a large product of matrices of ``precision``.
  public let operations: Double
  public let precision: Precision
  /// Bytes a second, read and written, in a large copy.
  public let bytes: Double

  /// - Parameters:
  ///   - threads: `nil` for OMP_NUM_THREADS, or else all processors of this process.
  ///   - precision: of the convolutions to be compared with it.
  public static func measure(threads: Int?, precision: Precision = .float32) -> MachineRoofs {
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: threads, precision: precision, pool: pool)
    let extent = 1536
    let count = 24 << 20
    let source = PoolBlock(byteCount: 4 * count, pool: pool)
    let target = PoolBlock(byteCount: 4 * count, pool: pool)
    return withExtendedLifetime((source, target)) {
      kernels.fill(source.floats, with: 1, count: count)
      let product = best(kernels.matrixProduct(of: source, into: target, extent: extent))
      let whole = Blocks(length: count, count: 1, sourceStride: count, targetStride: count)
      let copy = best { kernels.copy(whole, source.floats, to: target.floats) }
      let cube = Double(extent) * Double(extent) * Double(extent)
      return MachineRoofs(
        operations: 2 * cube / product, precision: precision, bytes: 8 * Double(count) / copy)
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

extension CPUKernels {
  /// Multiplies two square matrices that lie in `source`.
  fileprivate func matrixProduct(
    of source: PoolBlock, into target: PoolBlock, extent: Int
  ) -> () -> Void {
    let second = source.floats + extent * extent
    guard precision == .bfloat16 else {
      return {
        self.multiply(
          rows: extent, columns: extent, inner: extent, source.floats, transposesA: false, second,
          transposesB: false, into: target.floats, adds: false)
      }
    }
    // As convolutions have it: each pixel is a row. As many products, of weights that fit into a cache.
    let channels = extent / 3
    let problem = ConvolutionProblem(
      images: 1, inputChannels: channels, inputSize: [9 * extent, 1], outputChannels: channels,
      kernel: .one, stride: .one, padding: .zero, dilation: .one, groups: 1)
    let weight = WeightOperand(values: second, version: 0, packed: PackedWeights())
    return {
      self.convolve(
        problem, Elements(UnsafeRawPointer(source.floats), self.precision), weight: weight,
        bias: nil, into: MutableElements(UnsafeMutableRawPointer(target.floats), self.precision))
    }
  }
}
