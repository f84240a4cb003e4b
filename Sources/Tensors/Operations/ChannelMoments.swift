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

  /// - Parameter owner: a tensor of the device that the elements lie on.
  mutating func add(_ elements: Source, pixels: Int, of owner: Tensor) {
    guard pixels > 0 else { return }
    let part = Tensor.uninitialized([2, mean.count], on: owner.device)
    owner.kernels.channelStatistics(
      elements, pixels: pixels, channels: mean.count, mean: part.target,
      variance: part.target + mean.count)
    let (added, values) = (Double(pixels), part.floats)
    let total = count + added
    for channel in mean.indices {
      let distance = Double(values[channel]) - mean[channel]
      mean[channel] += distance * added / total
      spread[channel] +=
        Double(values[mean.count + channel]) * added
        + distance * distance * count * added / total
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
