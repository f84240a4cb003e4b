internal import Kernels

/// `|x - target|`, element by element; gradients flow to both.
public func l1Loss(_ x: Tensor, _ target: Tensor) -> Tensor {
  pairLoss(.absolute, x, target, name: "l1")
}

/// `(x - target)² / (2 beta)` below a distance of `beta`, then `|x - target| - beta / 2`, element
/// by element (Girshick, "Fast R-CNN", 2015); gradients flow to both.
public func smoothL1Loss(_ x: Tensor, _ target: Tensor, beta: Float = 1) -> Tensor {
  precondition(beta >= 0, "smooth L1 loss with a beta of \(beta)")
  return pairLoss(.smoothAbsolute(beta: beta), x, target, name: "smooth_l1")
}

/// `(x - target)²`, element by element; gradients flow to both.
public func squaredError(_ x: Tensor, _ target: Tensor) -> Tensor {
  pairLoss(.square, x, target, name: "mse")
}

/// The terms `t (log t - x)` of the divergence of Kullback and Leibler between probabilities `t`
/// and the distribution whose logarithm is `x`; gradients flow to both.
public func klDivergence(_ x: Tensor, _ target: Tensor) -> Tensor {
  pairLoss(.divergence, x, target, name: "kl_div")
}

/// ``klDivergence(_:_:)`` of targets that are given as logarithms, too.
public func klDivergence(_ x: Tensor, logTarget: Tensor) -> Tensor {
  logTarget.exp() * (logTarget - x)
}

private func pairLoss(_ loss: PairLoss, _ x: Tensor, _ target: Tensor, name: String) -> Tensor {
  precondition(
    target.shape == x.shape, "\(name): targets of shape \(target.shape) for \(x.shape)")
  let input = x.detached
  let goal = target.layout == x.layout ? target.detached : target.arranged(x.layout)
  let output = input.makeAlike()
  x.kernels.pairLoss(
    loss, input.source, target: goal.source, into: output.target, count: x.shape.count)
  return recorded(.loss(name), inputs: [x, target], value: output) {
    [nodes = (x.trace?.node, target.trace?.node)] gradient, tape in
    let dx = tape.wantsGradient(at: nodes.0) ? input.makeAlike() : nil
    let dt = tape.wantsGradient(at: nodes.1) ? input.makeAlike() : nil
    gradient.kernels.pairLossBackward(
      loss, input.source, target: goal.source, gradient: gradient.source, into: dx?.target,
      target: dt?.target, count: input.shape.count)
    if let dx { tape.accumulate(dx, at: nodes.0) }
    if let dt { tape.accumulate(dt, at: nodes.1) }
  }
}
