public import Configs
public import Tensors

/// Cross entropy against labels of which a little is spread over all classes, as mmcls's
/// `LabelSmoothLoss`.
///
/// Szegedy et al., "Rethinking the Inception architecture" (2016). As in mmcls 0.23.2, the
/// arguments `loss_weight` and `reduction` are accepted without effect: the mean is taken, of
/// weight one.
public final class LabelSmoothLoss: ClassificationLoss {
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// `(1 - ε) y + ε / K`
    case original
    /// `(y + ε / K) / (1 + ε)`
    case classyVision = "classy_vision"
    /// `1 - ε` for classes that are there and `ε` for others, each class for itself.
    case multiLabel = "multi_label"
  }

  public let mode: Mode
  public let classCount: Int?
  private let epsilon: Float
  private let crossEntropy: CrossEntropyLoss

  /// - Parameters:
  ///   - smoothing: ε, from 0 up to but not including 1.
  ///   - classCount: checked against the scores when given.
  public init(smoothing: Float, classCount: Int? = nil, mode: Mode = .original) {
    precondition((0..<1).contains(smoothing), "smoothing \(smoothing) is outside of 0 ..< 1")
    self.mode = mode
    self.classCount = classCount
    epsilon = mode == .classyVision ? smoothing / (1 + smoothing) : smoothing
    crossEntropy = CrossEntropyLoss(mode: mode == .multiLabel ? .sigmoid : .soft)
  }

  public convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    let path = reader.path
    let smoothing: Float = try reader.read("label_smooth_val")
    guard (0..<1).contains(smoothing) else {
      throw .invalidValue(
        path: path.appending("label_smooth_val"),
        message: "expected a value from 0 up to but not including 1, found \(smoothing)")
    }
    let name: String = try reader.read("mode", default: "original")
    guard let mode = Mode(rawValue: name) else {
      let names = Mode.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw .invalidValue(
        path: path.appending("mode"), message: "expected one of \(names), found '\(name)'")
    }
    _ = try reader.readReduction()
    _ = try reader.read("loss_weight", default: 1.0)
    self.init(
      smoothing: smoothing, classCount: try reader.readIfPresent("num_classes"), mode: mode)
  }

  public func callAsFunction(
    _ scores: Tensor, _ targets: ClassificationTargets, weights: [Float]?, averageFactor: Double?,
    reduction: LossReduction?
  ) throws -> Tensor {
    if let classCount, classCount != scores.shape[1] {
      throw LossError.classCountMismatch(expected: classCount, found: scores.shape[1])
    }
    try targets.check(against: scores)
    return try crossEntropy(
      scores, .soft(smoothed(targets, like: scores)), weights: weights,
      averageFactor: averageFactor, reduction: reduction)
  }

  private func smoothed(_ targets: ClassificationTargets, like scores: Tensor) -> Tensor {
    let count = scores.shape[1]
    if case .labels(let labels) = targets {
      let (low, high) =
        mode == .multiLabel
        ? (epsilon, 1 - epsilon)
        : (epsilon / Float(count), 1 - epsilon + epsilon / Float(count))
      let result = Tensor.filled(low, shape: scores.shape, on: scores.device)
      let elements = result.floats
      for (row, label) in labels.enumerated() { elements[row * count + label] = high }
      return result
    }
    let soft = targets.oneHot(classCount: count, on: scores.device)
    let result = Tensor(soft.values, shape: scores.shape, on: scores.device)
    let elements = result.floats
    for index in elements.indices {
      let target = elements[index]
      elements[index] =
        mode == .multiLabel
        ? (target > 0 ? 1 - epsilon : epsilon)
        : target * (1 - epsilon) + epsilon / Float(count)
    }
    return result
  }
}
