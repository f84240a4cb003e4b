public import Tensors

/// The targets that the scores of a batch are compared with.
public enum ClassificationTargets {
  /// One class per sample.
  case labels([Int])
  /// `[N, K]`: mixed labels, or several classes per sample.
  case soft(Tensor)

  /// The number of samples.
  public var count: Int {
    switch self {
    case .labels(let labels): labels.count
    case .soft(let targets): targets.shape[0]
    }
  }

  /// The targets as `[N, K]` of zeros and ones, or as they are when they are soft already.
  public func oneHot(classCount: Int, on device: any Device) -> Tensor {
    switch self {
    case .soft(let targets): return targets
    case .labels(let labels):
      let tensor = Tensor.zeros([labels.count, classCount], on: device)
      for (row, label) in labels.enumerated() { tensor.floats[row * classCount + label] = 1 }
      return tensor
    }
  }
}
