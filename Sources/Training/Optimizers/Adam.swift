internal import Foundation
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
    let steps = Double(state.stepCount)
    let stepSize = Float(learningRate / (1 - pow(betas.0, steps)))
    let secondCorrection = Float((1 - pow(betas.1, steps)).squareRoot())
    let shrink = decouplesWeightDecay ? Float(1 - learningRate * weightDecay) : 1
    let decay = decouplesWeightDecay ? 0 : Float(weightDecay)
    let (beta1, beta2) = (Float(betas.0), Float(betas.1))
    let (rest1, rest2) = (Float(1 - betas.0), Float(1 - betas.1))
    let (epsilon, sign) = (Float(epsilon), Float(maximize ? -1 : 1))

    let value = parameter.value.floats
    let first = state.floats("exp_avg", like: parameter)
    let second = state.floats("exp_avg_sq", like: parameter)
    let largest = amsgrad ? state.floats("max_exp_avg_sq", like: parameter) : nil
    let gradient: UnsafeMutableBufferPointer<Float>? =
      if case .value(let tensor) = parameter.gradient { tensor.floats } else { nil }

    for index in value.indices {
      let before = value[index] * shrink
      let slope = (gradient?[index] ?? 0) * sign + decay * before
      first[index] = first[index] * beta1 + slope * rest1
      second[index] = second[index] * beta2 + slope * slope * rest2
      var spread = second[index]
      if let largest {
        largest[index] = max(largest[index], spread)
        spread = largest[index]
      }
      let denominator = spread.squareRoot() / secondCorrection + epsilon
      value[index] = before - stepSize * (first[index] / denominator)
    }
    parameter.markChanged()
  }
}
