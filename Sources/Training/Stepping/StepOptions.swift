/// How a run makes its steps: the fields of `optimizer_config`.
public struct StepOptions: Hashable, Sendable {
  /// `grad_clip`
  public var clipping: GradientClipping?
  /// `cumulative_iters`: how many iterations one step takes the mean gradient of.
  public var cumulativeIterations: Int
  /// `detect_anomalous_params`: whether parameters that a loss does not depend on are reported.
  public var detectsAnomalousParameters: Bool

  public init(
    clipping: GradientClipping? = nil, cumulativeIterations: Int = 1,
    detectsAnomalousParameters: Bool = false
  ) {
    precondition(cumulativeIterations > 0, "\(cumulativeIterations) iterations a step")
    self.clipping = clipping
    self.cumulativeIterations = cumulativeIterations
    self.detectsAnomalousParameters = detectsAnomalousParameters
  }
}

/// The place of an iteration in the group whose gradients make one step.
struct AccumulationWindow: Equatable {
  /// How many iterations the group has; the last group of a run may be shorter.
  let length: Int
  let isFirst: Bool
  let isLast: Bool

  /// - Parameters:
  ///   - count: the iterations of the run.
  ///   - size: the iterations of a whole group.
  init(iteration: Int, of count: Int, groupedBy size: Int) {
    let remainderStart = count / size * size
    length = iteration < remainderStart ? size : max(count - remainderStart, 1)
    isFirst = iteration.isMultiple(of: size)
    isLast = (iteration + 1).isMultiple(of: size) || iteration + 1 == count
  }
}
