public import Configs
public import Tensors

/// Cross entropy of scores against labels, soft targets, or single classes (`use_sigmoid`), as
/// mmcls's `CrossEntropyLoss`.
public final class CrossEntropyLoss: ClassificationLoss {
  public enum Mode: Hashable, Sendable {
    /// Softmax over the classes, one label per sample.
    case labels
    /// Softmax over the classes, targets `[N, K]`.
    case soft
    /// Each class for itself, targets `[N, K]`.
    case sigmoid
  }

  public let mode: Mode
  public let reduction: LossReduction
  public let lossWeight: Float
  public let classWeights: [Float]?
  /// The weight of a positive target of each class; for ``Mode/sigmoid`` only.
  public let positiveWeights: [Float]?

  public init(
    mode: Mode = .labels, reduction: LossReduction = .mean, lossWeight: Float = 1,
    classWeights: [Float]? = nil, positiveWeights: [Float]? = nil
  ) {
    self.mode = mode
    self.reduction = reduction
    self.lossWeight = lossWeight
    self.classWeights = classWeights
    self.positiveWeights = positiveWeights
  }

  public convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    let usesSigmoid: Bool = try reader.read("use_sigmoid", default: false)
    let usesSoft: Bool = try reader.read("use_soft", default: false)
    guard !(usesSigmoid && usesSoft) else {
      throw .invalidValue(
        path: reader.path, message: "use_sigmoid and use_soft cannot both be set")
    }
    self.init(
      mode: usesSigmoid ? .sigmoid : usesSoft ? .soft : .labels,
      reduction: try reader.readReduction(),
      lossWeight: try reader.read("loss_weight", default: 1),
      classWeights: try reader.readIfPresent("class_weight"),
      positiveWeights: try reader.readIfPresent("pos_weight"))
  }

  public func callAsFunction(
    _ scores: Tensor, _ targets: ClassificationTargets, weights: [Float]?, averageFactor: Double?,
    reduction: LossReduction?
  ) throws -> Tensor {
    try targets.check(against: scores)
    let loss = try elementwise(scores, targets)
    let reduced = try (reduction ?? self.reduction).reduce(
      loss, weight: sampleWeights(weights, for: loss), averageFactor: averageFactor)
    return lossWeight == 1 ? reduced : reduced * lossWeight
  }

  /// `[N]` for softmax, `[N, K]` for sigmoid.
  private func elementwise(
    _ scores: Tensor, _ targets: ClassificationTargets
  ) throws(LossError) -> Tensor {
    switch (mode, targets) {
    case (.labels, .labels(let labels)):
      return crossEntropy(scores, labels: labels, classWeights: classWeights)
    case (.labels, .soft):
      throw .needsLabels(loss: "CrossEntropyLoss")
    case (.soft, .soft(let targets)):
      return softCrossEntropy(scores, targets: targets, classWeights: classWeights)
    case (.sigmoid, .soft(let targets)):
      return binary(scores, targets)
    case (.soft, .labels), (.sigmoid, .labels):
      throw .needsSoftTargets(loss: "CrossEntropyLoss with \(mode) scores")
    }
  }

  private func binary(_ scores: Tensor, _ targets: Tensor) -> Tensor {
    let plain = binaryCrossEntropyWithLogits(
      scores, targets: targets, classWeights: classWeights)
    guard let positiveWeights else { return plain }
    // A positive target's share of the loss is the loss against a target of one.
    let extra = Tensor.zeros(targets.shape, on: scores.device)
    let classCount = targets.shape[1]
    for (index, target) in targets.values.enumerated() {
      extra.floats[index] = target * (positiveWeights[index % classCount] - 1)
    }
    let ones = Tensor.filled(1, shape: targets.shape, on: scores.device)
    return plain
      + binaryCrossEntropyWithLogits(scores, targets: ones, classWeights: classWeights) * extra
  }

  private func sampleWeights(_ weights: [Float]?, for loss: Tensor) -> Tensor? {
    guard let weights else { return nil }
    let shape = Shape([weights.count] + [Int](repeating: 1, count: loss.shape.rank - 1))
    return Tensor(weights, shape: shape, on: loss.device)
  }
}

extension ConfigReader {
  /// Reads `reduction`.
  mutating func readReduction() throws(ConfigError) -> LossReduction {
    let name: String = try read("reduction", default: "mean")
    guard let reduction = LossReduction(rawValue: name) else {
      throw .invalidValue(
        path: path.appending("reduction"),
        message: "expected 'none', 'mean' or 'sum', found '\(name)'")
    }
    return reduction
  }
}
