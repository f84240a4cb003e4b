internal import Kernels

/// The gradient of the input of a normalisation by batch statistics, to be computed.
///
/// With `x̂ = (x - mean) / σ` it is `scale * (g - Σg / M - x̂ * Σ(g x̂) / M)`, which is linear in `g`,
/// `x` and 1. The convolution before takes it part by part.
final class PendingNormalizationGradient: PendingElements {
  private let normalization: PendingNormalization
  /// Of the outputs, `[N, C, H, W]`.
  private let gradient: Tensor
  private let slope: Tensor
  private let offset: Tensor

  init(_ normalization: PendingNormalization, gradient: Tensor, sums: ChannelGradientSums) {
    self.normalization = normalization
    self.gradient = gradient
    let shape = normalization.input.shape
    let pixels = Float(max(shape[0] * shape[2] * shape[3], 1))
    let slope = normalization.mean.makeAlike()
    let offset = normalization.mean.makeAlike()
    for channel in 0..<normalization.channels {
      let inverse = normalization.inverseDeviation.floats[channel]
      let factor = normalization.factors.floats[channel]
      let tilt = -factor * sums.product.floats[channel] * inverse * inverse / pixels
      slope.floats[channel] = tilt
      offset.floats[channel] =
        -factor * sums.sum.floats[channel] / pixels
        - tilt * normalization.mean.floats[channel]
    }
    self.slope = slope
    self.offset = offset
  }

  func compute(into target: Target) {
    compute(images: 0..<gradient.shape[0], into: target)
  }

  func compute(images: Range<Int>, into target: Target) {
    let perImage = gradient.shape.count / max(gradient.shape[0], 1)
    normalization.inputGradient(
      images: images, gradient: gradient.source + images.lowerBound * perImage, slope: slope,
      offset: offset, into: target)
  }

  /// The gradient as a whole, in the memory of the one that came in.
  func computedInPlace() -> Tensor {
    normalization.inputGradient(
      images: 0..<gradient.shape[0], gradient: gradient.source, slope: slope, offset: offset,
      into: gradient.target)
    gradient.storage.knowledge = nil
    return gradient
  }
}
