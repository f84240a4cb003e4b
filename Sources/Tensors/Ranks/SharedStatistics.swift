internal import Kernels

/// What a normalisation's ranks know of their batches, joined to that of the batches together.
///
/// Numbers are gathered and joined in the order of the ranks rather than reduced on the way: they
/// are few, and the outcome is then the same on all ranks and in all runs.
struct SharedStatistics {
  private let ranks: any RankGroup

  /// `nil` where one rank has the whole batch.
  init?(_ ranks: (any RankGroup)?) {
    guard let ranks, ranks.rankCount > 1 else { return nil }
    self.ranks = ranks
  }

  /// - Parameters:
  ///   - moments: mean and biased variance of each channel, `[C]`, over this rank's pixels.
  ///   - pixels: how many these are; there may be none.
  /// - Returns: the same over the pixels of all ranks.
  func joined(
    _ moments: (mean: Tensor, variance: Tensor), pixels: Int
  ) -> (mean: Tensor, variance: Tensor, pixels: Int) {
    let channels = moments.mean.shape.count
    let values = [moments.mean, moments.variance].flatMap { $0.floats.map(Double.init) }
    var joined = ChannelMoments(channels: channels)
    var total = 0
    for part in ranks.gather([Double(pixels)] + values) {
      let (pixels, values) = (Int(part[0]), part.dropFirst().map { Float($0) })
      joined.add(
        means: Array(values.prefix(channels)), variances: Array(values.suffix(channels)),
        pixels: pixels)
      total += pixels
    }
    let (mean, variance) = joined.tensors(on: moments.mean.device)
    return (mean, variance, total)
  }

  /// The sums over the pixels of all ranks.
  func joined(_ sums: ChannelGradientSums) -> ChannelGradientSums {
    let channels = sums.sum.shape.count
    let values = [sums.sum, sums.product].flatMap { $0.floats.map(Double.init) }
    var totals = [Double](repeating: 0, count: 2 * channels)
    for part in ranks.gather(values) {
      for index in totals.indices { totals[index] += part[index] }
    }
    let result = ChannelGradientSums(channels: channels, on: sums.sum.device)
    let (sum, product) = (result.sum.floats, result.product.floats)
    for channel in 0..<channels {
      sum[channel] = Float(totals[channel])
      product[channel] = Float(totals[channels + channel])
    }
    return result
  }
}
