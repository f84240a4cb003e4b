internal import Kernels

/// `activation((x - mean) / √(variance + ε) * weight + bias)` of an activation `[N, C, H, W]`, to
/// be computed.
///
/// Between a convolution and the next, nobody needs it as a whole: the next computes it part by
/// part while the parts are in the cache, and does so again for its gradient. That costs less than
/// writing it to memory and reading it back, and memory for it is never taken.
final class PendingNormalization: PendingElements {
  /// `[N, C, H, W]`
  let input: Tensor
  /// `[C]`
  let mean: Tensor
  /// One over the standard deviation, `[C]`.
  let inverseDeviation: Tensor
  private let scale: Tensor
  private let shift: Tensor
  private let function: PointwiseFunction

  /// - Parameters:
  ///   - mean: `[C]`
  ///   - variance: `[C]`, biased.
  init(
    _ input: Tensor, mean: Tensor, variance: Tensor, weight: Parameter?, bias: Parameter?,
    epsilon: Float, function: PointwiseFunction
  ) {
    self.input = input
    self.mean = mean
    self.function = function
    let inverseDeviation = mean.makeAlike()
    let scale = mean.makeAlike()
    let shift = mean.makeAlike()
    let (weights, biases) = (weight?.value.floats, bias?.value.floats)
    for channel in 0..<mean.shape.count {
      let inverse = 1 / (variance.floats[channel] + epsilon).squareRoot()
      let factor = (weights?[channel] ?? 1) * inverse
      inverseDeviation.floats[channel] = inverse
      scale.floats[channel] = factor
      shift.floats[channel] = (biases?[channel] ?? 0) - mean.floats[channel] * factor
    }
    self.inverseDeviation = inverseDeviation
    self.scale = scale
    self.shift = shift
  }

  var channels: Int { mean.shape.count }

  /// The factor of each channel, `[C]`.
  var factors: Tensor { scale }

  private var pixelsPerImage: Int { input.shape[2] * input.shape[3] }

  private var channelFunction: ChannelFunction {
    ChannelFunction(function, scale: scale.source, shift: shift.source)
  }

  func compute(into target: Target) {
    compute(images: 0..<input.shape[0], into: target)
  }

  func compute(images: Range<Int>, into target: Target) {
    input.kernels.apply(
      channelFunction, elements(images), pixels: images.count * pixelsPerImage,
      channels: channels, into: target)
  }

  private func elements(_ images: Range<Int>) -> Source {
    input.source + images.lowerBound * pixelsPerImage * channels
  }

  // MARK: Gradient

  /// Adds what some images contribute to the sums.
  ///
  /// - Parameter gradient: of the outputs for `images`.
  func add(to sums: ChannelGradientSums, images: Range<Int>, gradient: Source) {
    let part = ChannelGradientSums(channels: channels, on: input.device)
    input.kernels.channelGradientSums(
      channelFunction, elements(images), gradient: gradient,
      pixels: images.count * pixelsPerImage, channels: channels, center: mean.source,
      sum: part.sum.target, product: part.product.target)
    sums.add(part)
  }

  /// The gradient of the input for some images.
  ///
  /// - Parameters:
  ///   - gradient: of the outputs for `images`; may be `target`.
  ///   - slope: the factor of the input, `[C]`.
  ///   - offset: `[C]`
  func inputGradient(
    images: Range<Int>, gradient: Source, slope: Tensor, offset: Tensor, into target: Target
  ) {
    input.kernels.channelGradient(
      channelFunction, elements(images), gradient: gradient,
      pixels: images.count * pixelsPerImage, channels: channels, a: scale.source,
      b: slope.source, c: offset.source, into: target)
  }
}

/// With `g` the gradient behind the activation's derivative: the sums of `g` and of
/// `g * (x - mean)` over all pixels, each `[C]`.
final class ChannelGradientSums {
  let sum: Tensor
  let product: Tensor

  /// Zeros.
  init(channels: Int, on device: any Device) {
    sum = .zeros([channels], on: device)
    product = .zeros([channels], on: device)
  }

  func add(_ other: ChannelGradientSums) {
    for (mine, theirs) in [(sum, other.sum), (product, other.product)] {
      for channel in 0..<mine.shape.count {
        mine.floats[channel] += theirs.floats[channel]
      }
    }
  }
}
