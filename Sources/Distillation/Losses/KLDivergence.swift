internal import Configs
public import Tensors

/// The Kullback-Leibler divergence of softened class probabilities, as upstream's `KLDivergence`.
///
/// Hinton et al., "Distilling the knowledge in a neural network" (2015). With temperature `tau` the
/// loss is `tau² * Σ t * (log t - log s)`, `t` and `s` the softmax of the outputs over `tau` along
/// the channels. The teacher gets no gradient.
public struct KLDivergence: DistillationLoss {
  public var temperature: Double
  public var reduction: DivergenceReduction
  public var weight: Double

  public init(
    temperature: Double = 1, reduction: DivergenceReduction = .batchmean, weight: Double = 1
  ) {
    self.temperature = temperature
    self.reduction = reduction
    self.weight = weight
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    temperature = try reader.readTemperature()
    reduction = try reader.readReduction()
    weight = try reader.read("loss_weight", default: 1)
  }

  public func callAsFunction(_ pair: OutputPair) -> Tensor {
    let elements = klDivergence(
      logSoftmax(pair.student.softened(temperature), axis: 1),
      logTarget: logSoftmax(pair.teacher.detached.softened(temperature), axis: 1))
    return reduction.reduce(elements) * Float(weight * temperature * temperature)
  }
}
