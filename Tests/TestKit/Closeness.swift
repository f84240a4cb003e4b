public import Tensors

/// The largest difference of two lists, relative to the largest magnitude of the expected one.
public func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
  precondition(
    actual.count == expected.count, "\(actual.count) values against \(expected.count) expected")
  let scale = max(expected.map { Double(abs($0)) }.max() ?? 0, 1e-12)
  var worst = 0.0
  for (a, e) in zip(actual, expected) {
    let difference = abs(Double(a) - Double(e))
    worst = max(worst, difference.isNaN ? .infinity : difference)
  }
  return worst / scale
}

/// ``relativeError(_:_:)`` of a tensor's values in the order of its spoken shape.
public func relativeError(_ actual: Tensor, _ expected: [Float]) -> Double {
  relativeError(actual.values, expected)
}

/// The L2 norm of a tensor's elements, summed in double precision.
public func norm(of tensor: Tensor) -> Double {
  tensor.floats.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
}
