public import Tensors

/// Adam (Kingma & Ba, 2015), or AdamW with decoupled weight decay (Loshchilov & Hutter, 2019), as
/// `torch.optim.Adam` and `torch.optim.AdamW`.
public struct Adam: OptimizationRule {
  public var betas: (Double, Double)
  public var epsilon: Double
  public var amsgrad: Bool
  public var maximize: Bool
  /// Whether weight decay shrinks the value instead of joining the gradient (AdamW).
  public var decouplesWeightDecay: Bool

  public init(
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, amsgrad: Bool = false,
    maximize: Bool = false, decouplesWeightDecay: Bool = false
  ) {
    self.betas = betas
    self.epsilon = epsilon
    self.amsgrad = amsgrad
    self.maximize = maximize
    self.decouplesWeightDecay = decouplesWeightDecay
  }

  public var momentum: Double {
    get { betas.0 }
    set { betas.0 = newValue }
  }

  public var countsSteps: Bool { true }

  public var options: [(name: String, value: OptimizerOption)] {
    [
      ("betas", .tuple([betas.0, betas.1])), ("eps", .number(epsilon)),
      ("amsgrad", .flag(amsgrad)), ("maximize", .flag(maximize)), ("foreach", .none),
      ("capturable", .flag(false)),
    ]
  }

  public mutating func setOption(_ name: String, _ value: OptimizerOption) {
    switch (name, value) {
    case ("betas", .tuple(let pair)) where pair.count == 2: betas = (pair[0], pair[1])
    case ("eps", .number(let number)): epsilon = number
    case ("amsgrad", .flag(let flag)): amsgrad = flag
    case ("maximize", .flag(let flag)): maximize = flag
    default: break
    }
  }

  public func step(
    _ parameter: Parameter, state: inout ParameterState, learningRate: Double,
    weightDecay: Double
  ) {
    state.stepCount += 1
    adamUpdate(
      parameter, step: state.stepCount, first: state.tensor("exp_avg", like: parameter),
      second: state.tensor("exp_avg_sq", like: parameter),
      largest: amsgrad ? state.tensor("max_exp_avg_sq", like: parameter) : nil,
      learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
      decouplesWeightDecay: decouplesWeightDecay, maximize: maximize)
  }
}
