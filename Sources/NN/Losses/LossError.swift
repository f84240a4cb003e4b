/// A mistake of data or a config about a loss.
public enum LossError: Error, Equatable, Sendable {
  /// A sample's label is not one of the model's classes.
  case labelOutOfRange(label: Int, classCount: Int)
  /// The config tells another number of classes than the scores have.
  case classCountMismatch(expected: Int, found: Int)
  /// The targets have another shape than the scores.
  case shapeMismatch(scores: [Int], targets: [Int])
  /// The loss needs targets of the other kind.
  case needsSoftTargets(loss: String)
  case needsLabels(loss: String)
  /// A summed loss cannot be averaged.
  case averagedSum
}

extension LossError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .labelOutOfRange(let label, let classCount):
      "label \(label) is outside of the model's \(classCount) classes (0 to \(classCount - 1))"
    case .classCountMismatch(let expected, let found):
      "the loss is configured for \(expected) classes, but the head gives \(found) scores"
    case .shapeMismatch(let scores, let targets):
      "scores of shape \(scores) cannot be compared with targets of shape \(targets)"
    case .needsSoftTargets(let loss):
      "\(loss) needs soft targets, one value per class, and got one label per sample"
    case .needsLabels(let loss):
      "\(loss) needs one label per sample and got soft targets; set use_soft=True for those"
    case .averagedSum:
      "a loss with reduction='sum' cannot be averaged by a factor; use 'mean' or 'none'"
    }
  }
}
