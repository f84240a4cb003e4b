internal import Kernels

/// Convolutions of which the device computes all that lies around them in the same pass.
extension PartialConvolution {
  /// The input, if it can be read so.
  func chainOperand(of input: Tensor) -> ActivationOperand? {
    guard kernels.chains(problem) else { return nil }
    if input.isKept { return ActivationOperand(input.elements) }
    guard !kernels.chainsOnlyWeights(problem) else { return nil }
    return (input.pending as? PendingNormalization)?.operand
  }

  func forwardChain(
    _ input: ActivationOperand, into output: Tensor, gathersMoments: Bool
  ) -> (mean: Tensor, variance: Tensor)? {
    let mean =
      gathersMoments ? Tensor.uninitialized([problem.outputChannels], on: output.device) : nil
    let variance = mean?.makeAlike()
    kernels.convolveChain(
      problem, input, weight: weight.weightOperand, bias: bias?.value.source,
      into: output.mutableElements,
      moments: mean.flatMap { mean in variance.map { (mean.target, $0.target) } })
    return mean.flatMap { mean in variance.map { (mean, $0) } }
  }

  /// - Returns: whether the gradients were computed; if not, nothing was done.
  func backwardChain(_ input: Tensor, gradient: Tensor, into results: Gradients) -> Bool {
    guard results.bias == nil, results.input != nil || results.weight != nil,
      results.input == nil || !kernels.chainsOnlyWeights(problem),
      let x = chainOperand(of: input), let dy = gradientOperand(gradient)
    else { return false }
    let normalization = results.input == nil ? nil : input.pending as? PendingNormalization
    let sums = normalization.map { ChannelGradientSums(channels: $0.channels, on: input.device) }
    kernels.convolveChainBackward(
      problem, x, gradient: dy, weight: weight.weightOperand,
      into: ChainGradients(
        input: results.input?.mutableElements,
        sums: normalization.flatMap { normalization in
          sums.map {
            ChainGradients.Sums(
              center: normalization.mean.source, sum: $0.sum.target, product: $0.product.target)
          }
        },
        weight: results.weight?.target))
    if let normalization, let sums {
      results.input?.storage.knowledge = .gradientSums(sums, of: normalization)
    }
    return true
  }

  private func gradientOperand(_ gradient: Tensor) -> ActivationGradientOperand? {
    if gradient.isKept { return ActivationGradientOperand(gradient.elements) }
    return (gradient.pending as? PendingNormalizationGradient)?.operand
  }
}
