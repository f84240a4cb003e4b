@testable import Kernels

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
