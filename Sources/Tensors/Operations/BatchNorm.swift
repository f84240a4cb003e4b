internal import Kernels

/// Batch normalisation by the statistics of the batch (Ioffe & Szegedy, 2015), with an activation
/// behind, of `x` `[N, C, H, W]` or `[N, C]`.
///
/// - Parameters:
///   - runningMean: `[C]`, updated in place, as is `runningVariance` (unbiased).
///   - momentum: the share of the new value in the running statistics.
public func batchNormTraining(
  _ x: Tensor, weight: Parameter?, bias: Parameter?, runningMean: Tensor?,
  runningVariance: Tensor?, momentum: Float, epsilon: Float, activation: Activation = .identity
) -> Tensor {
  let problem = normalizationProblem(
    x, weight: weight, bias: bias, epsilon: epsilon, activation)
  let input = x.activation
  let (mean, variance) = moments(of: input, problem)
  x.kernels.updateRunning(
    mean: mean.source, variance: variance.source, pixels: problem.pixels,
    channels: problem.channels, share: momentum, runningMean: runningMean?.target,
    runningVariance: runningVariance?.target)
  guard x.shape.rank == 4 else {
    return normalize(
      x, input, problem, mean: mean, variance: variance, weight: weight, bias: bias, activation,
      usesBatchStatistics: true)
  }
  let normalization = PendingNormalization(
    input, mean: mean, variance: variance, weight: weight, bias: bias, epsilon: epsilon,
    function: activation.function)
  return recorded(
    .batchNorm(weight: weight, bias: bias, activation: activation), inputs: [x],
    parameters: [weight, bias],
    value: .pending(normalization, shape: x.shape, on: x.device)
  ) { [node = x.trace?.node] gradient, tape in
    let sums = gradientSums(gradient, of: normalization)
    if let weight, weight.requiresGradient {
      let dw = weight.value.makeAlike()
      dw.kernels.combine(
        .multiply, sums.product.source, normalization.inverseDeviation.source, into: dw.target,
        count: normalization.channels)
      weight.accumulate(dw)
    }
    if let bias, bias.requiresGradient { bias.accumulate(sums.sum) }
    guard tape.wantsGradient(at: node) else { return }
    let pending = PendingNormalizationGradient(
      normalization, gradient: gradient.detached, sums: sums)
    tape.accumulate(
      tape.isConvolution(at: node)
        ? .pending(pending, shape: gradient.shape, on: gradient.device)
        : pending.computedInPlace(), at: node)
  }
}

/// The mean and the biased variance of each channel, known already if a convolution gathered them.
private func moments(
  of input: Tensor, _ problem: NormalizationProblem
) -> (mean: Tensor, variance: Tensor) {
  if case .moments(let mean, let variance) = input.storage.knowledge { return (mean, variance) }
  let mean = Tensor.uninitialized([problem.channels], on: input.device)
  let variance = mean.makeAlike()
  input.kernels.channelStatistics(
    input.source, pixels: problem.pixels, channels: problem.channels, mean: mean.target,
    variance: variance.target)
  return (mean, variance)
}

/// The sums that the gradient of `normalization` needs, known already if a convolution gathered
/// them.
private func gradientSums(
  _ gradient: Tensor, of normalization: PendingNormalization
) -> ChannelGradientSums {
  if case .gradientSums(let sums, let owner) = gradient.storage.knowledge,
    owner === normalization
  {
    return sums
  }
  let sums = ChannelGradientSums(channels: normalization.channels, on: gradient.device)
  normalization.gradientSums(
    images: 0..<gradient.shape[0], gradient: gradient.source, into: sums,
    with: gradient.kernels)
  return sums
}

/// Batch normalisation by given statistics `mean` and `variance` `[C]`, with an activation behind,
/// of `x` `[N, C, H, W]` or `[N, C]`. Gradients flow to `x`, `weight` and `bias`.
public func batchNormInference(
  _ x: Tensor, weight: Parameter?, bias: Parameter?, mean: Tensor, variance: Tensor,
  epsilon: Float, activation: Activation = .identity
) -> Tensor {
  let problem = normalizationProblem(
    x, weight: weight, bias: bias, epsilon: epsilon, activation)
  precondition(
    mean.shape.count == problem.channels && variance.shape.count == problem.channels,
    "batch norm: statistics of shapes \(mean.shape) and \(variance.shape) for "
      + "\(problem.channels) channels")
  // What is recorded must not see later changes of the running statistics.
  let isRecorded = x.trace != nil
  return normalize(
    x, x.activation, problem, mean: isRecorded ? mean.copied() : mean.detached,
    variance: isRecorded ? variance.copied() : variance.detached, weight: weight, bias: bias,
    activation, usesBatchStatistics: false)
}

private func normalize(
  _ x: Tensor, _ input: Tensor, _ problem: NormalizationProblem, mean: Tensor, variance: Tensor,
  weight: Parameter?, bias: Parameter?, _ activation: Activation, usesBatchStatistics: Bool
) -> Tensor {
  let output = input.makeAlike()
  x.kernels.normalize(
    problem, input.source, mean: mean.source, variance: variance.source,
    ChannelParameters(weight: weight?.value.source, bias: bias?.value.source),
    into: output.target)
  return recorded(
    .batchNorm(weight: weight, bias: bias, activation: activation), inputs: [x],
    parameters: [weight, bias], value: output
  ) { [node = x.trace?.node] gradient, tape in
    let dw = Parameter.wants(weight) ? weight?.value.makeAlike() : nil
    let db = Parameter.wants(bias) ? bias?.value.makeAlike() : nil
    let wantsInput = tape.wantsGradient(at: node)
    // The gradient is this closure's own: that of the input takes its place.
    gradient.kernels.normalizeBackward(
      problem, input.source, gradient: gradient.source, mean: mean.source,
      variance: variance.source,
      ChannelParameters(weight: weight?.value.source, bias: bias?.value.source),
      usesBatchStatistics: usesBatchStatistics,
      into: NormalizationGradients(
        input: wantsInput ? gradient.target : nil, weight: dw?.target, bias: db?.target))
    if let dw { weight?.accumulate(dw) }
    if let db { bias?.accumulate(db) }
    if wantsInput { tape.accumulate(gradient, at: node) }
  }
}

private func normalizationProblem(
  _ x: Tensor, weight: Parameter?, bias: Parameter?, epsilon: Float, _ activation: Activation
) -> NormalizationProblem {
  precondition(
    x.shape.rank == 4 || x.shape.rank == 2,
    "batch norm: input of shape \(x.shape) is not [N, C, H, W] or [N, C]")
  let channels = x.shape[1]
  for parameter in [weight, bias].compactMap(\.self) {
    precondition(
      parameter.shape.count == channels,
      "batch norm: parameter of shape \(parameter.shape) for \(channels) channels")
  }
  return NormalizationProblem(
    pixels: x.shape.dimensions.enumerated().reduce(1) {
      $1.offset == 1 ? $0 : $0 * $1.element
    },
    channels: channels, epsilon: epsilon, function: activation.function)
}
