internal import Kernels

/// The gradient of the input of a normalisation, to be computed.
///
/// By the statistics of the batch, with `x̂ = (x - mean) / σ`, it is
/// `scale * (g - Σg / M - x̂ * Σ(g x̂) / M)`, which is linear in `g`, `x` and 1; by fixed ones it is
/// `scale * g`. The convolution before takes it part by part.
final class PendingNormalizationGradient: PendingElements {
  private let normalization: PendingNormalization
  /// Of the outputs, `[N, C, H, W]`.
  private let gradient: Tensor
  private let slope: Tensor
  private let offset: Tensor

  /// - Parameters:
  ///   - gradient: of the outputs, `[N, C, H, W]`.
  ///   - batch: for statistics of a batch, through which the gradient flows as well: the sums over
  ///     its pixels, and how many these are.
  init(
    _ normalization: PendingNormalization, gradient: Tensor,
    through batch: (sums: ChannelGradientSums, pixels: Int)?
  ) {
    self.normalization = normalization
    self.gradient = gradient
    slope = .zeros(normalization.mean.shape, on: gradient.device)
    offset = .zeros(normalization.mean.shape, on: gradient.device)
    guard let (sums, count) = batch else { return }
    let pixels = Float(max(count, 1))
    let (inverses, factors) = (
      normalization.inverseDeviation.floats, normalization.factors.floats
    )
    let (means, sum, product) = (
      normalization.mean.floats, sums.sum.floats, sums.product.floats
    )
    let (slopes, offsets) = (slope.floats, offset.floats)
    for channel in means.indices {
      let (inverse, factor) = (inverses[channel], factors[channel])
      let tilt = -factor * product[channel] * inverse * inverse / pixels
      slopes[channel] = tilt
      offsets[channel] = -factor * sum[channel] / pixels - tilt * means[channel]
    }
  }

  /// The gradient for a chain of kernels.
  var operand: ActivationGradientOperand {
    ActivationGradientOperand(
      gradient.elements,
      through: ActivationGradientOperand.Normalization(
        activation: normalization.operand, slope: normalization.factors.source, tilt: slope.source,
        offset: offset.source))
  }

  var kernels: any KernelSet { normalization.kernels }

  var pixelCount: Int { normalization.pixelCount }

  func compute(pixels: Range<Int>, into target: MutableElements, with kernels: any KernelSet) {
    normalization.inputGradient(
      pixels: pixels, gradient: gradient.elements + pixels.lowerBound * normalization.channels,
      slope: slope, offset: offset, into: target, with: kernels)
  }

  /// The gradient as a whole, in the memory of the one that came in.
  func computedInPlace() -> Tensor {
    compute(into: gradient.target)
    gradient.storage.knowledge = nil
    return gradient
  }
}
