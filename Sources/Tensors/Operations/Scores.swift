internal import Kernels

/// Exponentials along `axis`, scaled to sum 1.
public func softmax(_ x: Tensor, axis: Int) -> Tensor {
  softmax(x, axis: axis, logarithm: false)
}

/// The logarithm of ``softmax(_:axis:)``.
public func logSoftmax(_ x: Tensor, axis: Int) -> Tensor {
  softmax(x, axis: axis, logarithm: true)
}

private func softmax(_ x: Tensor, axis: Int, logarithm: Bool) -> Tensor {
  let axis = x.resolved(axis: axis)
  let view = x.view(ofAxis: axis)
  let classes = ClassAxis(outer: view.outer, classes: view.extent, inner: view.inner)
  let output = x.makeAlike()
  x.kernels.softmax(x.source, classes, logarithm: logarithm, into: output.target)
  return recorded(
    logarithm ? .logSoftmax(axis: axis) : .softmax(axis: axis), inputs: [x], value: output
  ) { [node = x.trace?.node, output] gradient, tape in
    let dx = output.makeAlike()
    gradient.kernels.softmaxBackward(
      output.source, gradient: gradient.source, classes, logarithm: logarithm, into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

/// The losses of `scores` `[N, K]` or `[N, K, H, W]` against class numbers.
///
/// - Parameters:
///   - labels: one a row, of images row by row.
///   - classWeights: a factor for each class.
///   - ignoring: a label whose samples have loss 0.
/// - Returns: `[N]` or `[N, H, W]`
public func crossEntropy(
  _ scores: Tensor, labels: [Int], classWeights: [Float]? = nil, ignoring: Int? = nil
) -> Tensor {
  let table = ScoreTable(scores)
  precondition(
    labels.count == table.rows, "\(labels.count) labels for scores of shape \(scores.shape)")
  let kept = Tensor.uninitialized([table.rows], dtype: .int64, on: scores.device)
  let numbers = kept.storage.pointer.assumingMemoryBound(to: Int.self)
  for (row, label) in labels.enumerated() {
    let isIgnored = label == ignoring
    precondition(
      isIgnored || (0..<table.classes).contains(label),
      "label \(label) for \(table.classes) classes")
    numbers[row] = isIgnored ? -1 : label
  }
  return lossOfScores(
    scores, .labels(numbers), keeping: kept, classWeights, reducesClasses: true,
    name: "cross_entropy")
}

/// The losses of `scores` `[N, K]` or `[N, K, H, W]` against probabilities `targets` of the same
/// shape, which get no gradient.
///
/// - Returns: `[N]` or `[N, H, W]`
public func softCrossEntropy(
  _ scores: Tensor, targets: Tensor, classWeights: [Float]? = nil
) -> Tensor {
  let kept = ScoreTable.targets(targets, for: scores)
  return lossOfScores(
    scores, .probabilities(kept.source), keeping: kept, classWeights, reducesClasses: true,
    name: "soft_cross_entropy")
}

/// The losses of `scores` `[N, K]` or `[N, K, H, W]`, each for itself, against probabilities
/// `targets` of the same shape, which get no gradient.
///
/// - Returns: the shape of the scores.
public func binaryCrossEntropyWithLogits(
  _ scores: Tensor, targets: Tensor, classWeights: [Float]? = nil
) -> Tensor {
  let kept = ScoreTable.targets(targets, for: scores)
  return lossOfScores(
    scores, .independent(kept.source), keeping: kept, classWeights, reducesClasses: false,
    name: "binary_cross_entropy")
}

/// - Parameter kept: what `loss` points into.
private func lossOfScores(
  _ scores: Tensor, _ loss: ScoreLoss, keeping kept: Tensor, _ classWeights: [Float]?,
  reducesClasses: Bool, name: String
) -> Tensor {
  let table = ScoreTable(scores)
  let (rows, classes) = (table.rows, table.classes)
  let weights = classWeights.map { weights in
    precondition(weights.count == classes, "\(weights.count) weights for \(classes) classes")
    return Tensor(weights, shape: [classes], on: scores.device)
  }
  let input = table.scores
  let output =
    reducesClasses
    ? Tensor.uninitialized(table.rowShape, on: scores.device) : input.makeAlike()
  withExtendedLifetime((kept, weights)) {
    scores.kernels.crossEntropy(
      loss, scores: input.source, weights: weights?.source, rows: rows, classes: classes,
      into: output.target)
  }
  return recorded(.loss(name), inputs: [scores], value: output) {
    [node = scores.trace?.node] gradient, tape in
    let dx = input.makeAlike()
    withExtendedLifetime((kept, weights)) {
      gradient.kernels.crossEntropyBackward(
        loss, scores: input.source, weights: weights?.source, rows: rows, classes: classes,
        gradient: gradient.source, into: dx.target)
    }
    tape.accumulate(dx, at: node)
  }
}

/// Scores as rows of classes: activations lie in memory like that.
struct ScoreTable {
  let scores: Tensor
  let rows: Int
  let classes: Int
  /// `[N]` or `[N, H, W]`
  let rowShape: Shape

  init(_ scores: Tensor) {
    precondition(
      scores.shape.rank == 2 || scores.shape.rank == 4,
      "scores of shape \(scores.shape) are not [N, K] or [N, K, H, W]")
    self.scores = scores.activation
    classes = scores.shape[1]
    rowShape = Shape([scores.shape[0]] + scores.shape.dimensions.dropFirst(2))
    rows = rowShape.count
  }

  static func targets(_ targets: Tensor, for scores: Tensor) -> Tensor {
    precondition(
      targets.shape == scores.shape, "targets \(targets.shape) for scores \(scores.shape)")
    return targets.activation
  }
}
