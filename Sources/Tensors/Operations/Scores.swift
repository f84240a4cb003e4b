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

/// The losses `[N]` of `scores` `[N, K]` against class numbers.
///
/// - Parameters:
///   - classWeights: a factor for each class.
///   - ignoring: a label whose samples have loss 0.
public func crossEntropy(
  _ scores: Tensor, labels: [Int], classWeights: [Float]? = nil, ignoring: Int? = nil
) -> Tensor {
  let (rows, classes) = extents(of: scores)
  precondition(labels.count == rows, "\(labels.count) labels for \(rows) samples")
  let kept = Tensor.uninitialized([rows], dtype: .int64, on: scores.device)
  let numbers = kept.storage.pointer.assumingMemoryBound(to: Int.self)
  for (row, label) in labels.enumerated() {
    let isIgnored = label == ignoring
    precondition(
      isIgnored || (0..<classes).contains(label), "label \(label) for \(classes) classes")
    numbers[row] = isIgnored ? -1 : label
  }
  let loss = ScoreLoss.labels(numbers)
  return lossOfScores(
    scores, loss, keeping: kept, classWeights, shape: [rows], name: "cross_entropy")
}

/// The losses `[N]` of `scores` `[N, K]` against probabilities `targets` `[N, K]`, which get no
/// gradient.
public func softCrossEntropy(
  _ scores: Tensor, targets: Tensor, classWeights: [Float]? = nil
) -> Tensor {
  let rows = extents(of: scores).rows
  precondition(
    targets.shape == scores.shape, "targets \(targets.shape) for scores \(scores.shape)")
  let kept = targets.detached
  return lossOfScores(
    scores, .probabilities(kept.source), keeping: kept, classWeights, shape: [rows],
    name: "soft_cross_entropy")
}

/// The losses `[N, K]` of `scores` `[N, K]`, each for itself, against probabilities `targets`
/// `[N, K]`, which get no gradient.
public func binaryCrossEntropyWithLogits(
  _ scores: Tensor, targets: Tensor, classWeights: [Float]? = nil
) -> Tensor {
  precondition(
    targets.shape == scores.shape, "targets \(targets.shape) for scores \(scores.shape)")
  let kept = targets.detached
  return lossOfScores(
    scores, .independent(kept.source), keeping: kept, classWeights, shape: scores.shape,
    name: "binary_cross_entropy")
}

/// - Parameter kept: what `loss` points into.
private func lossOfScores(
  _ scores: Tensor, _ loss: ScoreLoss, keeping kept: Tensor, _ classWeights: [Float]?,
  shape: Shape, name: String
) -> Tensor {
  let (rows, classes) = extents(of: scores)
  let weights = classWeights.map { weights in
    precondition(weights.count == classes, "\(weights.count) weights for \(classes) classes")
    return Tensor(weights, shape: [classes], on: scores.device)
  }
  let input = scores.detached
  let output = Tensor.uninitialized(shape, on: scores.device)
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

private func extents(of scores: Tensor) -> (rows: Int, classes: Int) {
  precondition(scores.shape.rank == 2, "scores of shape \(scores.shape) are not [N, K]")
  return (scores.shape[0], scores.shape[1])
}
