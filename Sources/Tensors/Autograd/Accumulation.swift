extension Parameter {
  /// Adds `contribution` to the gradient. It must be newly made: it may be kept.
  func accumulate(_ contribution: Tensor) {
    precondition(
      contribution.shape == shape,
      "gradient of shape \(contribution.shape) for a parameter of shape \(shape)")
    let contribution =
      value.layout == contribution.layout
      ? contribution : contribution.arranged(value.layout)
    if let origin {
      origin.whole?.accumulate(contribution, at: origin.selections)
      return
    }
    switch gradient {
    case .none, .zero: gradient = .value(contribution.detached)
    case .value(let present): present.addInPlace(contribution)
    }
  }
}
