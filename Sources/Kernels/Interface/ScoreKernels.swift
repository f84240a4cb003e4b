/// Elements seen as outer × classes × inner.
public struct ClassAxis {
  public var outer: Int
  public var classes: Int
  public var inner: Int

  public init(outer: Int, classes: Int, inner: Int) {
    self.outer = outer
    self.classes = classes
    self.inner = inner
  }
}

/// A loss of scores (rows × classes) against what should be.
public enum ScoreLoss {
  /// One loss a row; a label outside `0 ..< classes` counts nothing.
  case labels(UnsafePointer<Int>)
  /// One loss a row, against probabilities (rows × classes).
  case probabilities(Source)
  /// One loss a score, against probabilities of its own (rows × classes).
  case independent(Source)
}

/// A loss of one element against its target.
public enum PairLoss: Hashable, Sendable {
  case absolute
  /// The square over `2 beta` below a distance of `beta`, then the distance less half of `beta`.
  case smoothAbsolute(beta: Float)
  case square
  /// `t (log t - x)` for a probability t and a logarithm x.
  case divergence
}

public protocol ScoreKernels {
  func softmax(_ x: Source, _ axis: ClassAxis, logarithm: Bool, into y: Target)
  /// From the result `y`.
  func softmaxBackward(
    _ y: Source, gradient dy: Source, _ axis: ClassAxis, logarithm: Bool, into dx: Target)
  /// - Parameter weights: a factor for each class.
  func crossEntropy(
    _ loss: ScoreLoss, scores: Source, weights: Source?, rows: Int, classes: Int,
    into y: Target)
  func crossEntropyBackward(
    _ loss: ScoreLoss, scores: Source, weights: Source?, rows: Int, classes: Int,
    gradient dy: Source, into dx: Target)
  func pairLoss(_ loss: PairLoss, _ x: Source, target: Source, into y: Target, count: Int)
  /// Gradients by the elements and by their targets, where they are asked for.
  func pairLossBackward(
    _ loss: PairLoss, _ x: Source, target: Source, gradient dy: Source, into dx: Target?,
    target dt: Target?, count: Int)
}
