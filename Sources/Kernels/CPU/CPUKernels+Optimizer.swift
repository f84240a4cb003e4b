internal import CKernels

extension CPUKernels {
  public func updateSGD(
    _ rule: SGDRule, value: Target, gradient: Source?, buffer: Target?, isFirst: Bool, count: Int
  ) {
    let lowered = ck_sgd(
      learning_rate: rule.learningRate, momentum: rule.momentum, dampening: rule.dampening,
      weight_decay: rule.weightDecay, nesterov: rule.nesterov ? 1 : 0, first: isFirst ? 1 : 0)
    ck_sgd_update(threadCount, lowered, value, gradient, buffer, count)
  }
}
