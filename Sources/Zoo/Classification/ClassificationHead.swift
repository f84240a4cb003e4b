public import NN
public import Tensors

/// The end of a classifier: scores, and in training their losses.
///
/// `forward` gives the class scores `[N, K]` before softmax, from the last feature.
public protocol ClassificationHead: MergingLayer {
  /// The number of classes; `nil` when the features decide.
  var classCount: Int? { get }

  /// The number of values of a feature that the head takes; `nil` when it takes any.
  var inChannels: Int? { get }

  /// The losses of the scores, and their accuracy where the config wants it.
  ///
  /// - Throws: `LossError` when targets and scores do not fit.
  func losses(_ features: [Tensor], labels: ClassificationTargets) throws -> Losses
}

extension ClassificationHead {
  /// Class scores `[N, K]` before softmax.
  public func logits(_ features: [Tensor]) -> Tensor { self(features) }

  /// Class probabilities `[N, K]`.
  public func scores(_ features: [Tensor]) -> Tensor {
    softmax(logits(features), axis: 1)
  }
}
