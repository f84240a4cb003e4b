public import Configs
public import Tensors

/// The Kullback-Leibler divergence of softened class probabilities, as upstream's `KLDivergence`.
///
/// Hinton et al., "Distilling the knowledge in a neural network" (2015). With temperature `tau` the
/// loss is `tau² * Σ t * (log t - log s)`, `t` and `s` the softmax of the outputs over `tau` along
/// the channels.
public final class KLDivergence: DistillationLoss {
  public enum Reduction: String, Sendable, CaseIterable {
    case none, batchmean, sum, mean
  }

  public let temperature: Double
  public let reduction: Reduction
  public let weight: Double

  public init(temperature: Double = 1, reduction: Reduction = .batchmean, weight: Double = 1) {
    self.temperature = temperature
    self.reduction = reduction
    self.weight = weight
  }

  public convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    let temperature: Double = try reader.read("tau", default: 1)
    guard temperature > 0 else {
      throw .invalidValue(
        path: reader.path.appending("tau"), message: "must be above 0, found \(temperature)")
    }
    let name: String = try reader.read("reduction", default: "batchmean")
    guard let reduction = Reduction(rawValue: name) else {
      let names = Reduction.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw .invalidValue(
        path: reader.path.appending("reduction"),
        message: "expected one of \(names), found '\(name)'")
    }
    self.init(
      temperature: temperature, reduction: reduction,
      weight: try reader.read("loss_weight", default: 1))
  }

  public func callAsFunction(student: Tensor, teacher: Tensor) -> Tensor {
    let elements = klDivergence(
      logSoftmax(softened(student), axis: 1),
      logTarget: logSoftmax(softened(teacher.detached), axis: 1))
    let scale = Float(weight * temperature * temperature)
    return switch reduction {
    case .none: elements * scale
    case .sum: elements.sum() * scale
    case .mean: elements.mean() * scale
    case .batchmean: elements.sum() * (scale / Float(student.shape[0]))
    }
  }

  private func softened(_ scores: Tensor) -> Tensor {
    temperature == 1 ? scores : scores / Float(temperature)
  }
}
