internal import CKernels

extension CPUKernels {
  public func softmax(_ x: Source, _ axis: ClassAxis, logarithm: Bool, into y: Target) {
    ck_softmax(
      threadCount, x, y, axis.outer, axis.classes, axis.inner, logarithm ? 1 : 0)
  }

  public func softmaxBackward(
    _ y: Source, gradient dy: Source, _ axis: ClassAxis, logarithm: Bool, into dx: Target
  ) {
    ck_softmax_backward(
      threadCount, y, dy, dx, axis.outer, axis.classes, axis.inner, logarithm ? 1 : 0)
  }

  public func crossEntropy(
    _ loss: ScoreLoss, scores: Source, weights: Source?, rows: Int, classes: Int,
    into y: Target
  ) {
    switch loss {
    case .labels(let labels):
      ck_cross_entropy(threadCount, scores, labels, weights, y, rows, classes)
    case .probabilities(let targets):
      ck_soft_cross_entropy(threadCount, scores, targets, weights, y, rows, classes)
    case .independent(let targets):
      ck_binary_cross_entropy(threadCount, scores, targets, weights, y, rows, classes)
    }
  }

  public func crossEntropyBackward(
    _ loss: ScoreLoss, scores: Source, weights: Source?, rows: Int, classes: Int,
    gradient dy: Source, into dx: Target
  ) {
    switch loss {
    case .labels(let labels):
      ck_cross_entropy_backward(threadCount, scores, labels, weights, dy, dx, rows, classes)
    case .probabilities(let targets):
      ck_soft_cross_entropy_backward(
        threadCount, scores, targets, weights, dy, dx, rows, classes)
    case .independent(let targets):
      ck_binary_cross_entropy_backward(
        threadCount, scores, targets, weights, dy, dx, rows, classes)
    }
  }
}
