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

  public func updateAdam(
    _ rule: AdamRule, value: Target, gradient: Source?, moments: AdamMoments, count: Int
  ) {
    let lowered = ck_adam(
      sign: rule.sign, shrink: rule.shrink, decay: rule.decay, beta1: rule.betas.first,
      rest1: rule.rests.first, beta2: rule.betas.second, rest2: rule.rests.second,
      step_size: rule.stepSize, second_scale: rule.secondScale, epsilon: rule.epsilon)
    ck_adam_update(
      threadCount, lowered, value, gradient, moments.first, moments.second, moments.largest, count)
  }
}
