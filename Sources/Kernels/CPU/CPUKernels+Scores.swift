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

  public func pairLoss(
    _ loss: PairLoss, _ x: Source, target: Source, into y: Target, count: Int
  ) {
    let (kind, parameter) = loss.lowered
    ck_pair_loss(threadCount, kind, parameter, x, target, y, count)
  }

  public func pairLossBackward(
    _ loss: PairLoss, _ x: Source, target: Source, gradient dy: Source, into dx: Target?,
    target dt: Target?, count: Int
  ) {
    let (kind, parameter) = loss.lowered
    ck_pair_loss_backward(threadCount, kind, parameter, x, target, dy, dx, dt, count)
  }
}

extension PairLoss {
  fileprivate var lowered: (kind: Int32, parameter: Float) {
    switch self {
    case .absolute: (Int32(CK_L1), 0)
    case .smoothAbsolute(let beta): (Int32(CK_SMOOTH_L1), beta)
    case .square: (Int32(CK_SQUARE), 0)
    case .divergence: (Int32(CK_DIVERGENCE), 0)
    }
  }
}
