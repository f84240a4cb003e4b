internal import CKernels

extension CPUKernels {
  public func channelStatistics(
    _ x: Elements, pixels: Int, channels: Int, mean: Target, variance: Target
  ) {
    ck_channel_statistics(
      threadCount, x.precision.flag, x.address, pixels, channels, mean, variance)
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
    if x.precision == .float32, y.precision == .bfloat16 {
      return writingFloats(y, count: pixels * channels) {
        apply(f, x, pixels: pixels, channels: channels, into: MutableElements($0))
      }
    }
    ck_channel_affine(
      threadCount, f.function.lowered, x.precision.flag, x.address, y.precision.flag, y.address,
      pixels, channels, f.scale, f.shift)
  }

  public func channelGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target
  ) {
    if x.precision == .float32, dy.precision == .bfloat16 {
      return withFloats(dy, count: pixels * channels) {
        channelGradientSums(
          f, x, gradient: Elements($0), pixels: pixels, channels: channels, center: center,
          sum: sum, product: product)
      }
    }
    ck_channel_gradient_sums(
      threadCount, f.function.lowered, x.precision.flag, x.address, dy.precision.flag, dy.address,
      pixels, channels, f.scale, f.shift, center, sum, product, nil)
  }

  public func applyWithGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target, into y: MutableElements
  ) {
    let count = pixels * channels
    guard dy.precision == x.precision, y.precision == x.precision else {
      return withFloats(x, count: count) { x in
        withFloats(dy, count: count) { dy in
          writingFloats(y, count: count) { y in
            applyWithGradientSums(
              f, Elements(x), gradient: Elements(dy), pixels: pixels, channels: channels,
              center: center, sum: sum, product: product, into: MutableElements(y))
          }
        }
      }
    }
    ck_channel_gradient_sums(
      threadCount, f.function.lowered, x.precision.flag, x.address, dy.precision.flag, dy.address,
      pixels, channels, f.scale, f.shift, center, sum, product, y.address)
  }

  public func channelGradient(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    a: Source, b: Source, c: Source, into dx: MutableElements
  ) {
    let count = pixels * channels
    switch (x.precision, dy.precision, dx.precision) {
    case (.float32, .float32, .float32), (.bfloat16, .float32, _),
      (.bfloat16, .bfloat16, .bfloat16):
      ck_channel_gradient(
        threadCount, f.function.lowered, x.precision.flag, x.address, dy.precision.flag, dy.address,
        dx.precision.flag, dx.address, pixels, channels, f.scale, f.shift, a, b, c)
    default:
      withFloats(x, count: count) { x in
        withFloats(dy, count: count) { dy in
          writingFloats(dx, count: count) { dx in
            channelGradient(
              f, Elements(x), gradient: Elements(dy), pixels: pixels, channels: channels, a: a,
              b: b, c: c, into: MutableElements(dx))
          }
        }
      }
    }
  }
}
