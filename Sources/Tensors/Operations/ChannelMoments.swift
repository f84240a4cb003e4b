internal import Kernels

/// Mean and variance by channel, gathered part by part.
///
/// Parts are joined by the formula of Chan, Golub & LeVeque ("Updating formulae and a pairwise
/// algorithm for computing sample variances", 1979), which does not cancel.
struct ChannelMoments {
  private var count = 0.0
  private var mean: [Double]
  /// Sums of squared distances from the mean.
  private var spread: [Double]

  init(channels: Int) {
    mean = Array(repeating: 0, count: channels)
    spread = mean
  }

  /// - Parameters:
  ///   - means: of a part with that many pixels.
  ///   - variances: biased.
  mutating func add(means: Source, variances: Source, pixels: Int) {
    guard pixels > 0 else { return }
    let added = Double(pixels)
    let total = count + added
    for channel in mean.indices {
      let distance = Double(means[channel]) - mean[channel]
      mean[channel] += distance * added / total
      spread[channel] +=
        Double(variances[channel]) * added + distance * distance * count * added / total
    }
    count = total
  }

  /// Each `[C]`; the variance is biased.
  func tensors(on device: any Device) -> (mean: Tensor, variance: Tensor) {
    (
      Tensor(mean.map { Float($0) }, shape: [mean.count], on: device),
      Tensor(spread.map { Float($0 / max(count, 1)) }, shape: [mean.count], on: device)
    )
  }
}
