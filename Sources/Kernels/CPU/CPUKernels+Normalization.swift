internal import CKernels

extension CPUKernels {
  public func channelStatistics(
    _ x: Elements, pixels: Int, channels: Int, mean: Target, variance: Target
  ) {
    if let x = x.floats {
      ck_channel_statistics(threadCount, x, pixels, channels, mean, variance)
    } else {
      ck_bfloat_statistics(threadCount, x.address, pixels, channels, mean, variance)
    }
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

// Each has loops for the precisions that meet in a pass of a network; what else may come (a value
// that somebody asked for in float32) is converted.
extension CPUKernels {
  public func apply(
    _ f: ChannelFunction, _ x: Elements, pixels: Int, channels: Int, into y: MutableElements
  ) {
    guard let x = x.floats else {
      ck_bfloat_affine(
        threadCount, f.function.lowered, x.address, y.precision.flag, y.address, pixels, channels,
        f.scale, f.shift)
      return
    }
    writingFloats(y, count: pixels * channels) { y in
      ck_channel_affine(
        threadCount, f.function.lowered, x, y, pixels, channels, f.scale, f.shift)
    }
  }

  public func channelGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target
  ) {
    guard let x = x.floats else {
      ck_bfloat_gradient_sums(
        threadCount, f.function.lowered, x.address, dy.precision.flag, dy.address, pixels, channels,
        f.scale, f.shift, center, sum, product, nil)
      return
    }
    withFloats(dy, count: pixels * channels) { dy in
      ck_channel_gradient_sums(
        threadCount, f.function.lowered, x, dy, pixels, channels, f.scale, f.shift, center, sum,
        product, nil)
    }
  }

  public func applyWithGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target, into y: MutableElements
  ) {
    let count = pixels * channels
    guard [x.precision, dy.precision, y.precision].contains(.float32) else {
      ck_bfloat_gradient_sums(
        threadCount, f.function.lowered, x.address, 1, dy.address, pixels, channels, f.scale,
        f.shift, center, sum, product, y.address)
      return
    }
    withFloats(x, count: count) { x in
      withFloats(dy, count: count) { dy in
        writingFloats(y, count: count) { y in
          ck_channel_gradient_sums(
            threadCount, f.function.lowered, x, dy, pixels, channels, f.scale, f.shift, center, sum,
            product, y)
        }
      }
    }
  }

  public func channelGradient(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    a: Source, b: Source, c: Source, into dx: MutableElements
  ) {
    let count = pixels * channels
    if x.precision == .bfloat16, dx.precision == .bfloat16 || dy.precision == .float32 {
      ck_bfloat_gradient(
        threadCount, f.function.lowered, x.address, dy.precision.flag, dy.address,
        dx.precision.flag, dx.address, pixels, channels, f.scale, f.shift, a, b, c)
      return
    }
    withFloats(x, count: count) { x in
      withFloats(dy, count: count) { dy in
        writingFloats(dx, count: count) { dx in
          ck_channel_gradient(
            threadCount, f.function.lowered, x, dy, dx, pixels, channels, f.scale, f.shift, a, b, c)
        }
      }
    }
  }
}
