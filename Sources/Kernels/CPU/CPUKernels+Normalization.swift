internal import CKernels

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
