internal import OrderedCollections
public import Tensors

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
///
/// Momentum is `v = momentum * v + (1 - dampening) * g`, seeded with the first gradient, and the
/// step is `lr * v` (`lr * (g + momentum * v)` with Nesterov).
public struct SGD: OptimizationRule {
  public var momentum: Double
  public var dampening: Double
  public var nesterov: Bool
  /// Whether to climb instead of descend.
  public var maximize: Bool

  public init(
    momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) {
    self.momentum = momentum
    self.dampening = dampening
    self.nesterov = nesterov
    self.maximize = maximize
  }

  public var countsSteps: Bool { false }

  public var options: [(name: String, value: OptimizerOption)] {
    [
      ("momentum", .number(momentum)), ("dampening", .number(dampening)),
      ("nesterov", .flag(nesterov)), ("maximize", .flag(maximize)), ("foreach", .none),
      ("differentiable", .flag(false)),
    ]
  }

  public mutating func setOption(_ name: String, _ value: OptimizerOption) {
    switch (name, value) {
    case ("momentum", .number(let number)): momentum = number
    case ("dampening", .number(let number)): dampening = number
    case ("nesterov", .flag(let flag)): nesterov = flag
    case ("maximize", .flag(let flag)): maximize = flag
    default: break
    }
  }

  public func step(
    _ parameter: Parameter, state: inout ParameterState, learningRate: Double,
    weightDecay: Double
  ) {
    if maximize { scaleGradients([parameter], by: -1) }
    var buffer = state.tensors["momentum_buffer"]
    sgdUpdate(
      parameter, momentumBuffer: &buffer, learningRate: Float(learningRate),
      momentum: Float(momentum), dampening: Float(dampening), weightDecay: Float(weightDecay),
      nesterov: nesterov)
    state.tensors["momentum_buffer"] = buffer
  }
}
