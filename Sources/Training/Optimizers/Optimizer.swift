public import Tensors

/// Applies one rule to groups of parameters, and keeps what the rule remembers of each.
public final class Optimizer {
  /// The `type` under which configs know the optimizer: `SGD`.
  public let name: String
  public var groups: [ParameterGroup]

  /// State by parameter; parameters that never had a gradient have none.
  var states: [ObjectIdentifier: ParameterState] = [:]

  public init(name: String, groups: [ParameterGroup]) {
    self.name = name
    self.groups = groups
  }

  /// Every parameter, group after group.
  public var parameters: [Parameter] { groups.flatMap(\.parameters) }

  public func state(of parameter: Parameter) -> ParameterState? {
    states[ObjectIdentifier(parameter)]
  }

  /// Clears gradients as PyTorch 1.x: a parameter that once had one keeps a gradient of zeros, so
  /// weight decay and momentum go on moving it.
  public func clearGradients() {
    for group in groups {
      for parameter in group.parameters { parameter.clearGradient() }
    }
  }

  /// Moves every parameter that has a gradient.
  public func step() {
    for group in groups {
      for parameter in group.parameters {
        if case .none = parameter.gradient { continue }
        group.rule.step(
          parameter, state: &states[ObjectIdentifier(parameter), default: ParameterState()],
          learningRate: group.learningRate, weightDecay: group.weightDecay)
      }
    }
  }
}
