internal import CKernels

/// A normalisation as `x * scale + shift` by channel, in memory of the pool.
private struct ChannelAffine {
  private let block: PoolBlock
  let scale: Target
  let shift: Target

  init(
    channels: Int, epsilon: Float, mean: Source, variance: Source,
    _ parameters: ChannelParameters, pool: MemoryPool
  ) {
    block = PoolBlock(byteCount: 2 * channels * MemoryLayout<Float>.stride, pool: pool)
    scale = block.floats
    shift = block.floats + channels
    for channel in 0..<channels {
      let factor =
        (parameters.weight?[channel] ?? 1) / (variance[channel] + epsilon).squareRoot()
      scale[channel] = factor
      shift[channel] = (parameters.bias?[channel] ?? 0) - mean[channel] * factor
    }
  }
}

extension CPUKernels {
  public func channelStatistics(
    _ x: Source, pixels: Int, channels: Int, mean: Target, variance: Target
  ) {
    ck_channel_statistics(threadCount, x, pixels, channels, mean, variance)
  }

  public func updateRunning(
    mean: Source, variance: Source, pixels: Int, channels: Int, share: Float,
    runningMean: Target?, runningVariance: Target?
  ) {
    guard pixels > 0 else { return }
    let correction = Float(pixels) / Float(max(pixels - 1, 1))
    for channel in 0..<channels {
      if let runningMean {
        runningMean[channel] += share * (mean[channel] - runningMean[channel])
      }
      if let runningVariance {
        runningVariance[channel] +=
          share * (variance[channel] * correction - runningVariance[channel])
      }
    }
  }

  public func normalize(
    _ problem: NormalizationProblem, _ x: Source, mean: Source, variance: Source,
    _ parameters: ChannelParameters, into y: Target
  ) {
    let affine = ChannelAffine(
      channels: problem.channels, epsilon: problem.epsilon, mean: mean, variance: variance,
      parameters, pool: pool)
    withExtendedLifetime(affine) {
      ck_channel_affine(
        threadCount, problem.function.lowered, x, y, problem.pixels, problem.channels,
        affine.scale, affine.shift)
    }
  }

  public func normalizeBackward(
    _ problem: NormalizationProblem, _ x: Source, gradient dy: Source, mean: Source,
    variance: Source, _ parameters: ChannelParameters, usesBatchStatistics: Bool,
    into gradients: NormalizationGradients
  ) {
    let (pixels, channels) = (problem.pixels, problem.channels)
    let affine = ChannelAffine(
      channels: channels, epsilon: problem.epsilon, mean: mean, variance: variance, parameters,
      pool: pool)
    let work = PoolBlock(byteCount: 4 * channels * MemoryLayout<Float>.stride, pool: pool)
    defer { withExtendedLifetime((affine, work)) {} }
    let (sum, product) = (work.floats, work.floats + channels)
    let (b, c) = (product + channels, product + 2 * channels)
    let needsSums = usesBatchStatistics || gradients.weight != nil || gradients.bias != nil
    if needsSums {
      ck_channel_gradient_sums(
        threadCount, problem.function.lowered, x, dy, pixels, channels, affine.scale,
        affine.shift, mean, sum, product, nil)
    }
    for channel in 0..<channels {
      gradients.bias?[channel] = sum[channel]
      gradients.weight?[channel] =
        product[channel] / (variance[channel] + problem.epsilon).squareRoot()
    }
    guard let dx = gradients.input else { return }
    // With x̂ = (x - mean) / σ: dx = scale * (g - Σg / M - x̂ * Σ(g x̂) / M), sorted by g, x, 1.
    for channel in 0..<channels {
      guard usesBatchStatistics, pixels > 0 else {
        b[channel] = 0
        c[channel] = 0
        continue
      }
      let scale = affine.scale[channel]
      let slope =
        -scale * product[channel] / ((variance[channel] + problem.epsilon) * Float(pixels))
      b[channel] = slope
      c[channel] = -scale * sum[channel] / Float(pixels) - slope * mean[channel]
    }
    ck_channel_gradient(
      threadCount, problem.function.lowered, x, dy, dx, pixels, channels, affine.scale,
      affine.shift, affine.scale, b, c)
  }
}

// MARK: - Functions by channel

extension CPUKernels {
  public func apply(
    _ f: ChannelFunction, _ x: Source, pixels: Int, channels: Int, into y: Target
  ) {
    ck_channel_affine(threadCount, f.function.lowered, x, y, pixels, channels, f.scale, f.shift)
  }

  public func channelGradientSums(
    _ f: ChannelFunction, _ x: Source, gradient dy: Source, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target
  ) {
    ck_channel_gradient_sums(
      threadCount, f.function.lowered, x, dy, pixels, channels, f.scale, f.shift, center, sum,
      product, nil)
  }

  public func applyWithGradientSums(
    _ f: ChannelFunction, _ x: Source, gradient dy: Source, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target, into y: Target
  ) {
    ck_channel_gradient_sums(
      threadCount, f.function.lowered, x, dy, pixels, channels, f.scale, f.shift, center, sum,
      product, y)
  }

  public func channelGradient(
    _ f: ChannelFunction, _ x: Source, gradient dy: Source, pixels: Int, channels: Int,
    a: Source, b: Source, c: Source, into dx: Target
  ) {
    ck_channel_gradient(
      threadCount, f.function.lowered, x, dy, dx, pixels, channels, f.scale, f.shift, a, b, c)
  }
}
