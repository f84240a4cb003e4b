public import Tensors

/// A loss between class scores and targets.
public protocol ClassificationLoss: AnyObject {
  /// - Parameters:
  ///   - scores: `[N, K]` before softmax.
  ///   - weights: one per sample.
  ///   - averageFactor: what a mean divides by in place of the number of elements.
  ///   - reduction: in place of the configured one.
  /// - Throws: ``LossError``.
  func callAsFunction(
    _ scores: Tensor, _ targets: ClassificationTargets, weights: [Float]?, averageFactor: Double?,
    reduction: LossReduction?
  ) throws -> Tensor
}

extension ClassificationLoss {
  public func callAsFunction(
    _ scores: Tensor, _ targets: ClassificationTargets, averageFactor: Double? = nil
  ) throws -> Tensor {
    try self(scores, targets, weights: nil, averageFactor: averageFactor, reduction: nil)
  }
}

extension ClassificationTargets {
  /// Checks labels against the number of classes and soft targets against the scores.
  func check(against scores: Tensor) throws(LossError) {
    let classCount = scores.shape[1]
    switch self {
    case .labels(let labels):
      guard labels.count == scores.shape[0] else {
        throw .shapeMismatch(scores: scores.shape.dimensions, targets: [labels.count])
      }
      if let label = labels.first(where: { $0 < 0 || $0 >= classCount }) {
        throw .labelOutOfRange(label: label, classCount: classCount)
      }
    case .soft(let targets):
      guard targets.shape == scores.shape else {
        throw .shapeMismatch(
          scores: scores.shape.dimensions, targets: targets.shape.dimensions)
      }
    }
  }
}
