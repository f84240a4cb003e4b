extension Parameter {
  /// Adds `contribution` to the gradient. It must be newly made: it may be kept.
  func accumulate(_ contribution: Tensor) {
    precondition(
      contribution.shape == shape,
      "gradient of shape \(contribution.shape) for a parameter of shape \(shape)")
    switch gradient {
    case .none, .zero: gradient = .value(contribution.detached)
    case .value(let present): present.addInPlace(contribution)
    }
  }
}

extension Tensor {
  /// Adds `other`, which lies in memory alike, element by element.
  func addInPlace(_ other: Tensor) {
    let target = floats
    let source = other.floats
    for index in target.indices { target[index] += source[index] }
  }
}
