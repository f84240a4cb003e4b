internal import Kernels

/// The focal losses of scores `[N, K]` or `[N, K, H, W]`, each class for itself: the cross entropy of
/// a score against 1 for its row's label and 0 for all other classes, times the distance of its
/// probability to the `gamma`, times `alpha` for labels and `1 - alpha` for the others (Lin et al.,
/// "Focal loss for dense object detection", 2017).
///
/// - Parameters:
///   - labels: one a row, of images row by row; a number that is no class is background.
///   - reducesClasses: whether the losses of a row are summed, in the pass that computes them.
/// - Returns: `[N]` or `[N, H, W]`, or else the shape of the scores.
public func sigmoidFocalLoss(
  _ scores: Tensor, labels: [Int], alpha: Float = 0.25, gamma: Float = 2,
  reducesClasses: Bool = true
) -> Tensor {
  focalLoss(
    scores, labels: labels, qualities: nil, scales: (1 - alpha, alpha), power: gamma,
    reducesClasses: reducesClasses, name: "sigmoid_focal")
}

/// The quality focal losses of scores `[N, K]` or `[N, K, H, W]`: the score of a row's label is to
/// have the probability `qualities` says, all others 0; each costs the cross entropy times the
/// distance of its probability to the `beta` (Li et al., "Generalized focal loss", 2020).
///
/// - Parameters:
///   - labels: one a row, of images row by row; a number that is no class is background.
///   - qualities: one a row, which get no gradient.
/// - Returns: the sums over the classes, `[N]` or `[N, H, W]`.
public func qualityFocalLoss(
  _ scores: Tensor, labels: [Int], qualities: [Float], beta: Float = 2
) -> Tensor {
  precondition(
    qualities.count == labels.count, "\(qualities.count) qualities for \(labels.count) labels")
  return focalLoss(
    scores, labels: labels, qualities: qualities, scales: (1, 1), power: beta,
    reducesClasses: true, name: "quality_focal")
}

private func focalLoss(
  _ scores: Tensor, labels: [Int], qualities: [Float]?, scales: (Float, Float), power: Float,
  reducesClasses: Bool, name: String
) -> Tensor {
  let table = ScoreTable(scores)
  precondition(
    labels.count == table.rows, "\(labels.count) labels for scores of shape \(scores.shape)")
  precondition(power >= 0, "a focal loss of the power \(power)")
  let targets = Tensor.wholeNumbers(labels, on: scores.device)
  let quality = qualities.map { Tensor(hostFloats: $0, shape: [$0.count], on: scores.device) }
  let input = table.scores
  func problem() -> FocalLossProblem {
    FocalLossProblem(
      rows: table.rows, classes: table.classes, labels: targets.wholeNumbers,
      qualities: quality?.source, scales: scales, power: power, reducesClasses: reducesClasses)
  }
  let output =
    reducesClasses
    ? Tensor.uninitialized(table.rowShape, on: scores.device) : input.makeAlike()
  withExtendedLifetime((targets, quality)) {
    scores.kernels.focalLoss(problem(), scores: input.source, into: output.target)
  }
  return recorded(.loss(name), inputs: [scores], value: output) {
    [node = scores.trace?.node] gradient, tape in
    let dx = input.makeAlike()
    withExtendedLifetime((targets, quality)) {
      gradient.kernels.focalLossBackward(
        problem(), scores: input.source, gradient: gradient.source, into: dx.target)
    }
    tape.accumulate(dx, at: node)
  }
}
