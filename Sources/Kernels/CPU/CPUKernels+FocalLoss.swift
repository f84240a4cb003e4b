internal import CKernels

extension CPUKernels {
  public func focalLoss(_ problem: FocalLossProblem, scores: Source, into y: Target) {
    var lowered = problem.lowered
    ck_focal_loss(threadCount, &lowered, scores, y, problem.rows)
  }

  public func focalLossBackward(
    _ problem: FocalLossProblem, scores: Source, gradient dy: Source, into dx: Target
  ) {
    var lowered = problem.lowered
    ck_focal_loss_backward(threadCount, &lowered, scores, dy, dx, problem.rows)
  }
}

extension FocalLossProblem {
  fileprivate var lowered: ck_focal {
    ck_focal(
      classes: classes, labels: labels, qualities: qualities, negative_scale: scales.negative,
      positive_scale: scales.positive, power: power, reduces: reducesClasses ? 1 : 0)
  }
}
