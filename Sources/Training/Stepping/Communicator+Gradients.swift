internal import Distributed
internal import Tensors

extension Communicator {
  /// Replaces the gradients of `parameters` by their sums over all ranks.
  ///
  /// Ranks may have used different parameters: one that any rank has a gradient for gets one on
  /// all ranks, so that all of them stay alike.
  func sumGradients(of parameters: [Parameter]) throws(CommunicationError) {
    guard rankCount > 1 else { return }
    let kinds = try gatherFromAll(parameters.map { GradientKind($0.gradient).rawValue })
    for (index, parameter) in parameters.enumerated() {
      switch kinds.map({ $0[index] }).max().flatMap(GradientKind.init(rawValue:)) {
      case .value:
        let gradient: Tensor
        if case .value(let present) = parameter.gradient {
          gradient = present
        } else {
          gradient = .zeros(parameter.shape, on: parameter.value.device)
        }
        try sum(gradient)
        parameter.gradient = .value(gradient)
      case .zero: parameter.gradient = .zero
      case .absent, nil: break
      }
    }
  }
}

/// The forms of a gradient, as ranks tell them to each other.
private enum GradientKind: Double {
  case absent = 0
  case zero = 1
  case value = 2

  init(_ gradient: Parameter.Gradient) {
    self =
      switch gradient {
      case .none: .absent
      case .zero: .zero
      case .value: .value
      }
  }
}
