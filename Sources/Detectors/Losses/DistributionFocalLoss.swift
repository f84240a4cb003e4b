public import Tensors

/// The distribution focal losses of scores `[N, K]` of the distances 0 ..< K: the cross entropies
/// against the two whole numbers around each of `distances`, weighted by how near they are (Li et
/// al., "Generalized focal loss", 2020).
///
/// - Parameter distances: one a row, at least 0 and below K - 1.
/// - Returns: `[N]`
public func distributionFocalLoss(_ scores: Tensor, distances: [Float]) -> Tensor {
  precondition(
    scores.shape.rank == 2 && distances.count == scores.shape[0],
    "\(distances.count) distances for scores of shape \(scores.shape)")
  let bins = scores.shape[1]
  // The weights add up to 1: together they are a distribution, against which there is one entropy.
  var targets = [Float](repeating: 0, count: scores.shape.count)
  for (row, distance) in distances.enumerated() {
    precondition(
      distance >= 0 && distance < Float(bins - 1), "a distance of \(distance) among \(bins)")
    let below = Int(distance)
    targets[row * bins + below] = Float(below + 1) - distance
    targets[row * bins + below + 1] = distance - Float(below)
  }
  return softCrossEntropy(
    scores, targets: Tensor(hostFloats: targets, shape: scores.shape, on: scores.device))
}
