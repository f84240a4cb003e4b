public import Tensors

/// How one tensor moves along its gradient: a pure rule of value, gradient, state and rates.
/// Grouping, clipping and schedules are done once, elsewhere.
public protocol OptimizationRule: Sendable {
  /// The rule's own hyperparameters besides `lr` and `weight_decay`, under PyTorch's names and in
  /// its order.
  var options: [(name: String, value: OptimizerOption)] { get }

  /// Takes over one hyperparameter from a checkpoint; names that the rule lacks are ignored.
  mutating func setOption(_ name: String, _ value: OptimizerOption)

  /// The coefficient that momentum schedules change: `momentum`, or the first of `betas`.
  var momentum: Double { get set }

  /// Whether the state counts steps (PyTorch's `step`).
  var countsSteps: Bool { get }

  /// Moves `parameter`, whose gradient is not ``Parameter/Gradient/none``.
  func step(
    _ parameter: Parameter, state: inout ParameterState, learningRate: Double,
    weightDecay: Double)
}

/// A hyperparameter in PyTorch's form.
public enum OptimizerOption: Hashable, Sendable {
  case none
  case flag(Bool)
  case number(Double)
  case tuple([Double])
}
