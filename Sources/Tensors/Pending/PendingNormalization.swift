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
    // On the input's device, which may be a worker's.
    inverseDeviation = .uninitialized(mean.shape, on: input.device)
    scale = inverseDeviation.makeAlike()
    shift = inverseDeviation.makeAlike()
    let (weights, biases) = (weight?.value.floats, bias?.value.floats)
    let (means, variances) = (mean.floats, variance.floats)
    let (inverses, factors, offsets) = (inverseDeviation.floats, scale.floats, shift.floats)
    for channel in means.indices {
      let inverse = 1 / (variances[channel] + epsilon).squareRoot()
      let factor = (weights?[channel] ?? 1) * inverse
      inverses[channel] = inverse
      factors[channel] = factor
      offsets[channel] = (biases?[channel] ?? 0) - means[channel] * factor
    }
  }

  var channels: Int { mean.shape.count }

  /// The factor of each channel, `[C]`.
  var factors: Tensor { scale }

  private var channelFunction: ChannelFunction {
    ChannelFunction(function, scale: scale.source, shift: shift.source)
  }

  /// The activation for a chain of kernels.
  var operand: ActivationOperand {
    ActivationOperand(input.elements, function: channelFunction)
  }

  var kernels: any KernelSet { input.kernels }

  var pixelCount: Int { input.shape[0] * input.shape[2] * input.shape[3] }

  func compute(pixels: Range<Int>, into target: MutableElements, with kernels: any KernelSet) {
    kernels.apply(
      channelFunction, elements(pixels), pixels: pixels.count, channels: channels, into: target)
  }

  private func elements(_ pixels: Range<Int>) -> Elements {
    input.elements + pixels.lowerBound * channels
  }

  // MARK: Gradient

  /// What some pixels contribute to the sums.
  ///
  /// - Parameters:
  ///   - gradient: of the outputs for `pixels`.
  ///   - outputs: takes these outputs as well.
  func gradientSums(
    pixels: Range<Int>, gradient: Elements, into sums: ChannelGradientSums,
    outputs: MutableElements? = nil, with kernels: any KernelSet
  ) {
    if let outputs {
      kernels.applyWithGradientSums(
        channelFunction, elements(pixels), gradient: gradient, pixels: pixels.count,
        channels: channels, center: mean.source, sum: sums.sum.target,
        product: sums.product.target, into: outputs)
    } else {
      kernels.channelGradientSums(
        channelFunction, elements(pixels), gradient: gradient, pixels: pixels.count,
        channels: channels, center: mean.source, sum: sums.sum.target,
        product: sums.product.target)
    }
  }

  /// The gradient of the input for some pixels.
  ///
  /// - Parameters:
  ///   - gradient: of the outputs for `pixels`; may be `target`.
  ///   - slope: the factor of the input, `[C]`.
  ///   - offset: `[C]`
  func inputGradient(
    pixels: Range<Int>, gradient: Elements, slope: Tensor, offset: Tensor,
    into target: MutableElements, with kernels: any KernelSet
  ) {
    kernels.channelGradient(
      channelFunction, elements(pixels), gradient: gradient, pixels: pixels.count,
      channels: channels, a: scale.source,
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

  /// The sums over parts, added in their order.
  static func joined(_ parts: [ChannelGradientSums]) -> ChannelGradientSums {
    for part in parts.dropFirst() { parts[0].add(part) }
    return parts[0]
  }

  private func add(_ other: ChannelGradientSums) {
    for (mine, theirs) in [(sum, other.sum), (product, other.product)] {
      mine.kernels.add(theirs.source, scale: 1, to: mine.target, count: mine.shape.count)
    }
  }
}
