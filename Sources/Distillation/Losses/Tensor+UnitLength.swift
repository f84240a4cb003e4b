internal import Tensors

extension Tensor {
  /// The tensor over its L2 norm along `axes`; where the norm is 0, the tensor and its gradient
  /// stay 0.
  func unitLength(axes: [Int]) -> Tensor {
    let norm = norm(axes: axes, keepsAxes: true)
    let isFlat = norm.detached .< 1e-12
    return self * (1 / norm.clamp(minimum: 1e-12)).filled(with: 0, where: isFlat)
  }

  /// All axes but the images.
  var featureAxes: [Int] { Array(1..<shape.rank) }
}
