public import Tensors

/// How the losses of single elements become one.
public enum LossReduction: String, Hashable, Sendable, CaseIterable {
  case none
  case mean
  case sum

  /// Weighs and reduces elementwise losses, as mmcv's `weight_reduce_loss`.
  ///
  /// - Parameters:
  ///   - weight: broadcasts against `loss`.
  ///   - averageFactor: what a mean divides by in place of the number of elements.
  ///   - epsilon: added to the factor, as mmdet does where it may be 0.
  /// - Throws: ``LossError/averagedSum`` for a factor with `.sum`.
  public func reduce(
    _ loss: Tensor, weight: Tensor? = nil, averageFactor: Double? = nil,
    epsilon: Double = 0
  ) throws(LossError) -> Tensor {
    let weighted = weight.map { loss * $0 } ?? loss
    guard let averageFactor else {
      switch self {
      case .none: return weighted
      case .mean: return weighted.mean()
      case .sum: return weighted.sum()
      }
    }
    switch self {
    case .none: return weighted
    case .mean: return weighted.sum() * Float(1 / (averageFactor + epsilon))
    case .sum: throw .averagedSum
    }
  }
}
