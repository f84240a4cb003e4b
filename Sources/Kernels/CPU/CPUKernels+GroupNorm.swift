internal import CKernels

/// Group normalisation is a normalisation by channel whose constants differ from image to image, so
/// it runs on the loops of batch normalisation, image by image.
extension CPUKernels {
  public func normalizeGroups(
    _ problem: GroupNormalizationProblem, _ x: Source, _ parameters: ChannelParameters,
    mean: Target, variance: Target, into y: Target
  ) {
    let (channels, size) = (problem.channels, problem.groupSize)
    let constants = GroupConstants(problem, pool: pool)
    defer { withExtendedLifetime(constants) {} }
    let (channelMean, channelVariance) = (constants.rows[2], constants.rows[3])
    for image in 0..<problem.images {
      let offset = image * problem.pixels * channels
      let (imageMean, imageVariance) = (
        mean + image * problem.groups, variance + image * problem.groups
      )
      ck_channel_statistics(
        threadCount, float32, x + offset, problem.pixels, channels, channelMean, channelVariance)
      for group in 0..<problem.groups {
        let members = (group * size)..<((group + 1) * size)
        let average = members.reduce(0) { $0 + Double(channelMean[$1]) } / Double(size)
        // The spread within channels, and that of their means: nothing cancels.
        let spread = members.reduce(0) {
          let distance = Double(channelMean[$1]) - average
          return $0 + Double(channelVariance[$1]) + distance * distance
        }
        imageMean[group] = Float(average)
        imageVariance[group] = Float(spread / Double(size))
      }
      constants.set(problem, mean: imageMean, variance: imageVariance, parameters)
      ck_channel_affine(
        threadCount, problem.function.lowered, float32, x + offset, float32, y + offset,
        problem.pixels, channels, constants.scale, constants.shift)
    }
  }

  public func normalizeGroupsBackward(
    _ problem: GroupNormalizationProblem, _ x: Source, gradient dy: Source, mean: Source,
    variance: Source, _ parameters: ChannelParameters, into gradients: NormalizationGradients
  ) {
    let channels = problem.channels
    let function = problem.function.lowered
    let constants = GroupConstants(problem, pool: pool)
    defer { withExtendedLifetime(constants) {} }
    let (center, sum, product) = (constants.rows[2], constants.rows[3], constants.rows[4])
    let (b, c) = (constants.rows[5], constants.rows[6])
    var (dWeight, dBias) = (
      [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
    )
    for image in 0..<problem.images {
      let offset = image * problem.pixels * channels
      let (imageMean, imageVariance) = (
        mean + image * problem.groups, variance + image * problem.groups
      )
      constants.set(problem, mean: imageMean, variance: imageVariance, parameters)
      for channel in 0..<channels { center[channel] = imageMean[channel / problem.groupSize] }
      ck_channel_gradient_sums(
        threadCount, function, float32, x + offset, float32, dy + offset, problem.pixels, channels,
        constants.scale, constants.shift, center, sum, product, nil)
      for channel in 0..<channels {
        let deviation =
          (imageVariance[channel / problem.groupSize] + problem.epsilon).squareRoot()
        dBias[channel] += Double(sum[channel])
        dWeight[channel] += Double(product[channel] / deviation)
      }
      guard let dx = gradients.input else { continue }
      problem.slopes(
        mean: imageMean, variance: imageVariance, weight: parameters.weight, sum: sum,
        product: product, b: b, c: c)
      ck_channel_gradient(
        threadCount, function, float32, x + offset, float32, dy + offset, float32, dx + offset,
        problem.pixels, channels, constants.scale, constants.shift, constants.scale, b, c)
    }
    for channel in 0..<channels {
      gradients.weight?[channel] = Float(dWeight[channel])
      gradients.bias?[channel] = Float(dBias[channel])
    }
  }
}

/// What the C loops are told of all elements here.
private let float32 = Precision.float32.flag

extension GroupNormalizationProblem {
  fileprivate var groupSize: Int { channels / groups }

  /// With x̂ = (x - mean) / σ and the gradient g behind the normalisation, of M elements a group:
  /// dx = (w g - Σ w g / M - x̂ Σ w g x̂ / M) / σ, sorted by g (as `scale` has it), x (`b`), 1 (`c`).
  fileprivate func slopes(
    mean: Source, variance: Source, weight: Source?, sum: Target, product: Target, b: Target,
    c: Target
  ) {
    let count = Double(max(pixels * groupSize, 1))
    for group in 0..<groups {
      let members = (group * groupSize)..<((group + 1) * groupSize)
      let square = Double(variance[group] + epsilon)
      var (total, moment) = (0.0, 0.0)
      for channel in members {
        let factor = Double(weight?[channel] ?? 1)
        total += factor * Double(sum[channel])
        moment += factor * Double(product[channel])
      }
      let slope = -moment / (square * square.squareRoot() * count)
      let constant = -total / (square.squareRoot() * count) - slope * Double(mean[group])
      for channel in members {
        b[channel] = Float(slope)
        c[channel] = Float(constant)
      }
    }
  }
}

/// Rows of one number a channel, in memory of the pool; the first two say `x * scale + shift`.
private struct GroupConstants {
  let rows: [Target]
  private let block: PoolBlock

  init(_ problem: GroupNormalizationProblem, pool: MemoryPool) {
    let channels = problem.channels
    let block = PoolBlock(byteCount: 7 * channels * MemoryLayout<Float>.stride, pool: pool)
    rows = (0..<7).map { block.floats + $0 * channels }
    self.block = block
  }

  var scale: Target { rows[0] }
  var shift: Target { rows[1] }

  func set(
    _ problem: GroupNormalizationProblem, mean: Target, variance: Target,
    _ parameters: ChannelParameters
  ) {
    set(problem, mean: UnsafePointer(mean), variance: UnsafePointer(variance), parameters)
  }

  func set(
    _ problem: GroupNormalizationProblem, mean: Source, variance: Source,
    _ parameters: ChannelParameters
  ) {
    for channel in 0..<problem.channels {
      let group = channel / problem.groupSize
      let factor =
        (parameters.weight?[channel] ?? 1) / (variance[group] + problem.epsilon).squareRoot()
      scale[channel] = factor
      shift[channel] = (parameters.bias?[channel] ?? 0) - mean[group] * factor
    }
  }
}
