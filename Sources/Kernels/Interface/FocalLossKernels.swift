/// A focal loss of scores (rows × classes), each class for itself.
public struct FocalLossProblem {
  public var rows: Int
  public var classes: Int
  /// The class of each row; all scores of a row with another number are negatives.
  public var labels: UnsafePointer<Int>
  /// The probability that the score of the label should have, for each row; `nil` for 1.
  public var qualities: Source?
  /// Factors of the losses of scores that belong to no label, and of those that do.
  public var scales: (negative: Float, positive: Float)
  /// The exponent of the distance between a probability and its target.
  public var power: Float
  /// Whether the losses of a row are summed.
  public var reducesClasses: Bool

  public init(
    rows: Int, classes: Int, labels: UnsafePointer<Int>, qualities: Source?,
    scales: (negative: Float, positive: Float), power: Float, reducesClasses: Bool
  ) {
    self.rows = rows
    self.classes = classes
    self.labels = labels
    self.qualities = qualities
    self.scales = scales
    self.power = power
    self.reducesClasses = reducesClasses
  }
}

public protocol FocalLossKernels {
  func focalLoss(_ problem: FocalLossProblem, scores: Source, into y: Target)
  func focalLossBackward(
    _ problem: FocalLossProblem, scores: Source, gradient dy: Source, into dx: Target)
}
