/// The best few class scores of each sample: all that metrics look at, at a fraction of the memory
/// of whole rows, so that a whole round of candidates can be kept while batches pass by.
struct BestScores {
  /// How many scores of a sample are kept.
  let depth: Int
  private let classCount: Int
  private var scores: [Float] = []
  private var classes: [Int32] = []

  init(depth: Int, classCount: Int) {
    self.depth = min(depth, classCount)
    self.classCount = classCount
  }

  mutating func append(_ row: [Float]) {
    precondition(row.count == classCount, "\(row.count) scores for \(classCount) classes")
    var best: [(score: Float, place: Int)] = []
    best.reserveCapacity(depth + 1)
    for (place, score) in row.enumerated() {
      if best.count == depth, let worst = best.last, !(score > worst.score) { continue }
      let position = best.firstIndex { score > $0.score } ?? best.count
      best.insert((score, place), at: position)
      if best.count > depth { best.removeLast() }
    }
    for (score, place) in best {
      scores.append(score)
      classes.append(Int32(place))
    }
  }

  /// Whole rows again; what was not among the best is below everything.
  var rows: [[Float]] {
    stride(from: 0, to: scores.count, by: max(depth, 1)).map { start in
      var row = [Float](repeating: -.infinity, count: classCount)
      for position in start..<start + depth { row[Int(classes[position])] = scores[position] }
      return row
    }
  }
}
