public import Tensors

/// The share of samples whose label is among the best scores, in percent.
public enum Accuracy {
  /// Top-k accuracies of `scores` `[N, K]`.
  ///
  /// A `k` above the number of classes counts every sample. Of equal scores the class that comes
  /// first is the better one. As in mmcls, only scores above 0 count.
  ///
  /// - Returns: one value per entry of `topK`, in its order.
  public static func topK(_ topK: [Int], scores: Tensor, labels: [Int]) -> [Double] {
    thresholded(topK, thresholds: [0], scores: scores, labels: labels).map { $0[0] }
  }

  /// Top-k accuracies that count only scores above a threshold.
  ///
  /// - Returns: for each entry of `topK` one value per threshold.
  public static func thresholded(
    _ topK: [Int], thresholds: [Float], scores: Tensor, labels: [Int]
  ) -> [[Double]] {
    let (count, classCount) = (scores.shape[0], scores.shape[1])
    precondition(labels.count == count, "\(labels.count) labels for \(count) samples")
    let values = scores.floats
    var hits = topK.map { _ in thresholds.map { _ in 0 } }
    for (row, label) in labels.enumerated() where (0..<classCount).contains(label) {
      let sample = values[(row * classCount)..<((row + 1) * classCount)]
      let score = sample[row * classCount + label]
      var rank = 0
      for (index, other) in sample.enumerated()
      where other > score || other == score && index < label {
        rank += 1
      }
      for (i, k) in topK.enumerated() where rank < k {
        for (j, threshold) in thresholds.enumerated() where score > threshold { hits[i][j] += 1 }
      }
    }
    return hits.map { $0.map { 100 * Double($0) / Double(max(count, 1)) } }
  }
}
