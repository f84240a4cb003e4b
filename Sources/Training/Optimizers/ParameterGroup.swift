public import Tensors

/// Parameters that share their hyperparameters: an entry of PyTorch's `param_groups`.
public struct ParameterGroup {
  public var parameters: [Parameter]
  public var learningRate: Double
  /// The rate that schedules start from; set by them.
  public var initialLearningRate: Double?
  public var weightDecay: Double
  /// The momentum that momentum schedules start from; set by them.
  public var initialMomentum: Double?
  public var rule: any OptimizationRule

  public init(
    parameters: [Parameter], learningRate: Double, weightDecay: Double,
    rule: any OptimizationRule
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.rule = rule
  }
}
