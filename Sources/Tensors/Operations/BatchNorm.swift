internal import Kernels

/// Batch normalisation by the statistics of the batch (Ioffe & Szegedy, 2015), with an activation
/// behind, of `x` `[N, C, H, W]` or `[N, C]`.
///
/// - Parameters:
///   - runningMean: `[C]`, updated in place, as is `runningVariance` (unbiased).
///   - momentum: the share of the new value in the running statistics.
///   - ranks: those whose batches together are the batch; `nil` for this process alone. Gradients of
///     weight and bias are those of this rank's part.
public func batchNormTraining(
  _ x: Tensor, weight: Parameter?, bias: Parameter?, runningMean: Tensor?,
  runningVariance: Tensor?, momentum: Float, epsilon: Float, activation: Activation = .identity,
  sharedWith ranks: (any RankGroup)? = nil
) -> Tensor {
  checkNormalization(x, weight: weight, bias: bias)
  guard x.shape.rank == 4 else {
    return batchNormTraining(
      x.reshaped([x.shape[0], x.shape[1], 1, 1]), weight: weight, bias: bias,
      runningMean: runningMean, runningVariance: runningVariance, momentum: momentum,
      epsilon: epsilon, activation: activation, sharedWith: ranks
    ).reshaped(x.shape)
  }
  let input = x.activation
  let shared = SharedStatistics(ranks)
  let own = moments(of: input)
  let (mean, variance, pixels) =
    shared?.joined(own, pixels: input.pixels) ?? (own.mean, own.variance, input.pixels)
  x.kernels.updateRunning(
    mean: mean.source, variance: variance.source, pixels: pixels,
    channels: x.shape[1], share: momentum, runningMean: runningMean?.target,
    runningVariance: runningVariance?.target)
  return normalized(
    x,
    PendingNormalization(
      input, mean: mean, variance: variance, weight: weight, bias: bias, epsilon: epsilon,
      function: activation.function),
    weight: weight, bias: bias, activation,
    following: NormalizedBatch(pixels: pixels, shared: shared))
}

/// Batch normalisation by given statistics `mean` and `variance` `[C]`, with an activation behind,
/// of `x` `[N, C, H, W]` or `[N, C]`. Gradients flow to `x`, `weight` and `bias`.
public func batchNormInference(
  _ x: Tensor, weight: Parameter?, bias: Parameter?, mean: Tensor, variance: Tensor,
  epsilon: Float, activation: Activation = .identity
) -> Tensor {
  checkNormalization(x, weight: weight, bias: bias)
  precondition(
    mean.shape.count == x.shape[1] && variance.shape.count == x.shape[1],
    "batch norm: statistics of shapes \(mean.shape) and \(variance.shape) for "
      + "\(x.shape[1]) channels")
  guard x.shape.rank == 4 else {
    return batchNormInference(
      x.reshaped([x.shape[0], x.shape[1], 1, 1]), weight: weight, bias: bias, mean: mean,
      variance: variance, epsilon: epsilon, activation: activation
    ).reshaped(x.shape)
  }
  // What is recorded must not see later changes of the running statistics.
  let normalization = PendingNormalization(
    x.activation, mean: x.trace == nil ? mean.detached : mean.copied(), variance: variance,
    weight: weight, bias: bias, epsilon: epsilon, function: activation.function)
  return normalized(
    x, normalization, weight: weight, bias: bias, activation, following: nil)
}

/// The batch that mean and variance of a normalisation are those of.
private struct NormalizedBatch {
  /// Those of all ranks.
  let pixels: Int
  /// `nil` where this process has all of them.
  let shared: SharedStatistics?
}

/// - Parameter batch: what `x` is in, or a part of, if mean and variance are its own, so that the
///   gradient flows through them as well.
private func normalized(
  _ x: Tensor, _ normalization: PendingNormalization, weight: Parameter?, bias: Parameter?,
  _ activation: Activation, following batch: NormalizedBatch?
) -> Tensor {
  recorded(
    .batchNorm(weight: weight, bias: bias, activation: activation), inputs: [x],
    parameters: [weight, bias],
    value: .pending(normalization, shape: x.shape, on: x.device)
  ) { [node = x.trace?.node] gradient, tape in
    let wantsParameters = Parameter.wants(weight) || Parameter.wants(bias)
    let sums =
      batch != nil || wantsParameters ? gradientSums(gradient, of: normalization) : nil
    if let sums, let weight, weight.requiresGradient {
      let dw = weight.value.makeAlike()
      dw.kernels.combine(
        .multiply, sums.product.source, normalization.inverseDeviation.source, into: dw.target,
        count: normalization.channels)
      weight.accumulate(dw)
    }
    if let sums, let bias, bias.requiresGradient { bias.accumulate(sums.sum) }
    guard tape.wantsGradient(at: node) else { return }
    let flow = batch.flatMap { batch in
      sums.map { (sums: batch.shared?.joined($0) ?? $0, pixels: batch.pixels) }
    }
    let pending = PendingNormalizationGradient(
      normalization, gradient: gradient.detached, through: flow)
    tape.accumulate(
      tape.isConvolution(at: node)
        ? .pending(pending, shape: gradient.shape, on: gradient.device)
        : pending.computedInPlace(), at: node)
  }
}

/// The mean and the biased variance of each channel, known already if a convolution gathered them.
private func moments(of input: Tensor) -> (mean: Tensor, variance: Tensor) {
  if case .moments(let mean, let variance) = input.storage.knowledge { return (mean, variance) }
  let mean = Tensor.uninitialized([input.shape[1]], on: input.device)
  let variance = mean.makeAlike()
  input.kernels.channelStatistics(
    input.elements, pixels: input.pixels, channels: input.shape[1], mean: mean.target,
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
    pixels: 0..<normalization.pixelCount, gradient: gradient.elements, into: sums,
    with: gradient.kernels)
  return sums
}

private func checkNormalization(_ x: Tensor, weight: Parameter?, bias: Parameter?) {
  precondition(
    x.shape.rank == 4 || x.shape.rank == 2,
    "batch norm: input of shape \(x.shape) is not [N, C, H, W] or [N, C]")
  for parameter in [weight, bias].compactMap(\.self) {
    precondition(
      parameter.shape.count == x.shape[1],
      "batch norm: parameter of shape \(parameter.shape) for \(x.shape[1]) channels")
  }
}

extension Tensor {
  /// Positions of all images of `[N, C, H, W]`.
  fileprivate var pixels: Int { shape[0] * shape[2] * shape[3] }
}
