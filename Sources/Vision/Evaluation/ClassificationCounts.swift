/// How often labels and scores agreed: all that the metrics of classification need.
struct ClassificationCounts: Sendable, Equatable {
  private let topK: [Int]
  private let thresholds: [Double]

  /// The number of images; a label each.
  private(set) var imageCount = 0
  /// How often each class is the label; empty before the first image.
  private(set) var present: [Int] = []
  /// For each `k` a count a threshold: images whose label is among the best `k` and whose score
  /// exceeds the threshold.
  private var hits: [Int]
  /// For each threshold a count a class: images in which the class is best, above the threshold.
  private var predicted: [Int] = []
  /// Correct predictions of each class: the images in ``predicted`` whose label is the class.
  private var correct: [Int] = []

  init(topK: [Int], thresholds: [Double]) {
    self.topK = topK
    self.thresholds = thresholds
    hits = Array(repeating: 0, count: topK.count * thresholds.count)
  }

  func hits(_ place: Int, threshold: Int) -> Int { hits[place * thresholds.count + threshold] }

  func predicted(threshold: Int) -> ArraySlice<Int> { part(of: predicted, threshold) }

  func correct(threshold: Int) -> ArraySlice<Int> { part(of: correct, threshold) }

  private func part(of counts: [Int], _ threshold: Int) -> ArraySlice<Int> {
    counts[threshold * present.count..<(threshold + 1) * present.count]
  }
}

// MARK: - Counting

extension ClassificationCounts {
  /// Counts an image.
  ///
  /// - Throws: ``VisionError`` when the number of scores is not that of other images, or when the
  ///   label has no score.
  mutating func add(_ scores: [Float], label: Int) throws(VisionError) {
    if imageCount == 0 { prepare(classCount: scores.count) }
    guard scores.count == present.count else {
      throw .predictionWidthMismatch(
        scores: scores.count, reason: "other predictions have \(present.count)")
    }
    guard label < scores.count else {
      throw .predictionWidthMismatch(scores: scores.count, reason: "label \(label) has none")
    }
    imageCount += 1
    present[label] += 1
    if !topK.isEmpty {
      let rank = Self.rank(of: label, in: scores)
      let own = Double(scores[label])
      for (place, k) in topK.enumerated() where rank < k {
        for (number, threshold) in thresholds.enumerated() where own > threshold {
          hits[place * thresholds.count + number] += 1
        }
      }
    }
    let best = Self.best(of: scores)
    for (number, threshold) in thresholds.enumerated() where !(Double(best.score) <= threshold) {
      predicted[number * present.count + best.label] += 1
      if best.label == label { correct[number * present.count + best.label] += 1 }
    }
  }

  private mutating func prepare(classCount: Int) {
    present = Array(repeating: 0, count: classCount)
    predicted = Array(repeating: 0, count: classCount * thresholds.count)
    correct = predicted
  }

  /// How many classes come before `label`: those with a greater score, or an equal one and a
  /// smaller number. As in PyTorch, what is not a number comes first.
  private static func rank(of label: Int, in scores: [Float]) -> Int {
    let own = scores[label]
    if own.isNaN { return scores.count }
    var rank = 0
    for (index, score) in scores.enumerated()
    where !(score < own) && (score != own || index < label) && index != label {
      rank += 1
    }
    return rank
  }

  private static func best(of scores: [Float]) -> (label: Int, score: Float) {
    var best = 0
    for (index, score) in scores.enumerated() {
      if score.isNaN { return (index, score) }
      if score > scores[best] { best = index }
    }
    return (best, scores.isEmpty ? 0 : scores[best])
  }
}

// MARK: - Exchange

extension ClassificationCounts {
  var bytes: [UInt8] {
    CountCoding.bytes([imageCount, present.count] + present + hits + predicted + correct)
  }

  /// Adds the counts of an equal set of metrics.
  mutating func add(_ bytes: [UInt8]) throws(VisionError) {
    let values = try CountCoding.counts(bytes)
    guard values.count >= 2 else { throw .unsuitablePartial(reason: "it holds no counts") }
    let (images, classes) = (values[0], values[1])
    guard images > 0 else { return }
    if imageCount == 0 { prepare(classCount: classes) }
    guard classes == present.count else {
      throw .unsuitablePartial(reason: "it has \(classes) classes, not \(present.count)")
    }
    guard values.count == 2 + present.count + hits.count + predicted.count + correct.count else {
      throw .unsuitablePartial(reason: "it has other metrics")
    }
    imageCount += images
    var rest = values[2...]
    func take(_ counts: inout [Int]) {
      for (place, value) in zip(counts.indices, rest) { counts[place] += value }
      rest = rest.dropFirst(counts.count)
    }
    take(&present)
    take(&hits)
    take(&predicted)
    take(&correct)
  }
}
