@testable import Kernels

/// Elements kept in either precision.
struct KeptBlock {
  private let block: PoolBlock
  private let count: Int
  private let precision: Precision

  init(_ floats: PoolBlock, count: Int, as precision: Precision, _ kernels: CPUKernels) {
    (block, self.count, self.precision) = (floats, count, precision)
    guard precision != .float32 else { return }
    let source = PoolBlock(
      holding: Array(UnsafeBufferPointer(start: floats.floats, count: count)), pool: kernels.pool)
    withExtendedLifetime(source) {
      kernels.convert(Elements(Source(source.floats)), to: target, count: count)
    }
  }

  var target: MutableElements {
    MutableElements(UnsafeMutableRawPointer(block.floats), precision)
  }

  var elements: Elements { Elements(target) }

  func floats(_ kernels: CPUKernels) -> PoolBlock {
    guard precision != .float32 else { return block }
    let result = PoolBlock(byteCount: count * 4, pool: kernels.pool)
    kernels.convert(elements, to: MutableElements(result.floats), count: count)
    return result
  }
}

extension PoolBlock {
  convenience init(holding values: [Float], pool: MemoryPool) {
    self.init(byteCount: values.count * MemoryLayout<Float>.stride, pool: pool)
    floats.update(from: values, count: values.count)
  }

  /// Relative to `exact`, in the root of mean squares.
  func error(from exact: [Double]) -> Double {
    var (distance, size) = (0.0, 0.0)
    for (index, exact) in exact.enumerated() {
      let value = Double(floats[index])
      distance += (value - exact) * (value - exact)
      size += exact * exact
    }
    return (distance / size).squareRoot()
  }
}
