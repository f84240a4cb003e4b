public import Tensors

/// RMSprop (Hinton, 2012; centred: Graves, 2013), as `torch.optim.RMSprop`.
public struct RMSprop: OptimizationRule {
  public var momentum: Double
  /// How much of the averages stays at each step.
  public var alpha: Double
  public var epsilon: Double
  /// Whether the spread is taken around the average gradient instead of around zero.
  public var isCentered: Bool
  /// Whether to climb instead of descend.
  public var maximize: Bool

  public init(
    momentum: Double = 0, alpha: Double = 0.99, epsilon: Double = 1e-8, isCentered: Bool = false,
    maximize: Bool = false
  ) {
    self.momentum = momentum
    self.alpha = alpha
    self.epsilon = epsilon
    self.isCentered = isCentered
    self.maximize = maximize
  }

  public var countsSteps: Bool { true }

  public var options: [(name: String, value: OptimizerOption)] {
    [
      ("momentum", .number(momentum)), ("alpha", .number(alpha)), ("eps", .number(epsilon)),
      ("centered", .flag(isCentered)), ("foreach", .none), ("maximize", .flag(maximize)),
      ("differentiable", .flag(false)),
    ]
  }

  public mutating func setOption(_ name: String, _ value: OptimizerOption) {
    switch (name, value) {
    case ("momentum", .number(let number)): momentum = number
    case ("alpha", .number(let number)): alpha = number
    case ("eps", .number(let number)): epsilon = number
    case ("centered", .flag(let flag)): isCentered = flag
    case ("maximize", .flag(let flag)): maximize = flag
    default: break
    }
  }

  public func step(
    _ parameter: Parameter, state: inout ParameterState, learningRate: Double,
    weightDecay: Double
  ) {
    state.stepCount += 1
    let (kept, rest) = (Float(alpha), Float(1 - alpha))
    let (rate, decay, epsilon) = (Float(learningRate), Float(weightDecay), Float(epsilon))
    let (momentum, sign) = (Float(momentum), Float(maximize ? -1 : 1))

    let value = parameter.value.floats
    let squares = state.floats("square_avg", like: parameter)
    let means = isCentered ? state.floats("grad_avg", like: parameter) : nil
    let velocity = momentum > 0 ? state.floats("momentum_buffer", like: parameter) : nil
    let gradient: UnsafeMutableBufferPointer<Float>? =
      if case .value(let tensor) = parameter.gradient { tensor.floats } else { nil }

    for index in value.indices {
      let slope = (gradient?[index] ?? 0) * sign + decay * value[index]
      squares[index] = squares[index] * kept + slope * slope * rest
      var spread = squares[index]
      if let means {
        means[index] = means[index] * kept + slope * rest
        spread -= means[index] * means[index]
      }
      var move = slope / (spread.squareRoot() + epsilon)
      if let velocity {
        velocity[index] = velocity[index] * momentum + move
        move = velocity[index]
      }
      value[index] -= rate * move
    }
    parameter.markChanged()
  }
}
