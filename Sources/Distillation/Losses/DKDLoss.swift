internal import Configs
public import Tensors

/// Decoupled distillation of class scores, as `DKDLoss` of MMRazor 1.x.
///
/// Zhao et al., "Decoupled knowledge distillation" (CVPR 2022). The divergence of the softened
/// probabilities has two parts with weights of their own: `alpha` for the target class against all
/// others, `beta` for the distribution among the others.
public struct DKDLoss: DistillationLoss {
  public var temperature: Double
  /// The weight of the target class against all others.
  public var targetWeight: Double
  /// The weight of the distribution among the other classes.
  public var otherWeight: Double
  /// The reduction of each part; without one, each image has a loss.
  public var reduction: DivergenceReduction
  public var weight: Double

  public init(
    temperature: Double = 1, targetWeight: Double = 1, otherWeight: Double = 1,
    reduction: DivergenceReduction = .batchmean, weight: Double = 1
  ) {
    self.temperature = temperature
    self.targetWeight = targetWeight
    self.otherWeight = otherWeight
    self.reduction = reduction
    self.weight = weight
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    temperature = try reader.readTemperature()
    targetWeight = try reader.read("alpha", default: 1)
    otherWeight = try reader.read("beta", default: 1)
    reduction = try reader.readReduction()
    weight = try reader.read("loss_weight", default: 1)
  }

  public func callAsFunction(_ pair: OutputPair) throws -> Tensor {
    let labels = try pair.labels(for: "DKDLoss")
    let isTarget = Tensor.oneHot(labels, classCount: pair.student.shape[1], like: pair.student)
    let student = Parts(pair.student.softened(temperature), isTarget)
    let teacher = Parts(pair.teacher.softened(temperature), isTarget)
    let target = reduce(klDivergence(student.target, logTarget: teacher.target))
    let other = reduce(klDivergence(student.others, logTarget: teacher.others))
    let sum = target * Float(targetWeight) + other * Float(otherWeight)
    return sum * Float(weight * temperature * temperature)
  }

  private func reduce(_ elements: Tensor) -> Tensor {
    reduction == .none ? elements.sum(axis: 1) : reduction.reduce(elements)
  }

  /// The logarithms of a distribution over classes in two parts.
  private struct Parts {
    /// The target class and all others together, `[N, 2]`.
    let target: Tensor
    /// The distribution among the others, `[N, K]`; the target class has next to none.
    let others: Tensor

    init(_ scores: Tensor, _ isTarget: Tensor) {
      let logarithms = logSoftmax(scores, axis: 1)
      let hidden = (logarithms - isTarget * 1000)
      others = logSoftmax(hidden, axis: 1)
      // The sum of the others, from the greatest, lest it vanishes beside a sure target.
      let greatest = hidden.detached.max(axes: [1], keepsAxes: true)
      let rest = (hidden - greatest).exp().sum(axes: [1], keepsAxes: true).log() + greatest
      let own = (logarithms * isTarget).sum(axes: [1], keepsAxes: true)
      target = concatenate([own, rest], axis: 1)
    }
  }
}

extension Tensor {
  /// `[N, K]`: 1 at each row's class and 0 elsewhere.
  fileprivate static func oneHot(
    _ labels: [Int], classCount: Int, like scores: Tensor
  ) -> Tensor {
    var values = [Float](repeating: 0, count: labels.count * classCount)
    for (row, label) in labels.enumerated() { values[row * classCount + label] = 1 }
    return Tensor(values, shape: [labels.count, classCount], on: scores.device)
  }
}
