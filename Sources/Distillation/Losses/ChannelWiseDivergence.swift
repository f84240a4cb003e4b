internal import Configs
public import Tensors

/// The Kullback-Leibler divergence between the places at which channels are active, as upstream's
/// `ChannelWiseDivergence`.
///
/// Shu et al., "Channel-wise knowledge distillation for dense prediction" (ICCV 2021). Each channel
/// of each image is a distribution over its pixels: the softmax of the map over `tau`. The loss is
/// `tau²` times the mean divergence of a channel.
public struct ChannelWiseDivergence: DistillationLoss {
  public var temperature: Double
  public var weight: Double

  public init(temperature: Double = 1, weight: Double = 1) {
    self.temperature = temperature
    self.weight = weight
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    temperature = try reader.readTemperature()
    weight = try reader.read("loss_weight", default: 1)
  }

  public func callAsFunction(_ pair: OutputPair) throws -> Tensor {
    let shape = pair.student.shape
    guard shape.rank == 4 else {
      throw DistillationError.needsMaps(loss: "ChannelWiseDivergence", found: shape.dimensions)
    }
    let elements = klDivergence(places(pair.student), logTarget: places(pair.teacher))
    let scale = weight * temperature * temperature / Double(shape[0] * shape[1])
    return elements.sum() * Float(scale)
  }

  /// The logarithms of the distributions, `[N, H * W, C]`: channels last, as maps are stored.
  private func places(_ maps: Tensor) -> Tensor {
    let pixels = maps.softened(temperature).permuted([0, 2, 3, 1])
    let shape = pixels.shape
    return logSoftmax(pixels.reshaped([shape[0], shape[1] * shape[2], shape[3]]), axis: 1)
  }
}
