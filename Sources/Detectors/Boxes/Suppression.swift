public import Annotations

/// Non-maximum suppression: of boxes that overlap, the one with the highest score stays.
///
/// Results are those of mmcv 1.5's operations on a CPU, number for number.
public struct Suppression: Hashable, Sendable {
  public enum Method: Hashable, Sendable {
    /// A box that overlaps a better one by more than the threshold is dropped.
    case hard
    /// Scores of boxes that overlap a better one are lowered; a box is dropped when its score falls
    /// below a minimum (Bodla et al., "Soft-NMS", 2017).
    case soft(SoftSuppression)
  }

  public var method: Method
  /// The overlap (intersection over union) that is tolerated.
  public var threshold: Float
  /// Added to the extents of boxes: 1 where corners are pixels inside.
  public var offset: Float
  /// Boxes of no higher score are left out; of 0 and below, none are. Not for soft suppression.
  public var scoreThreshold: Float
  /// How many boxes stay at most; `nil` for all.
  public var maximum: Int?
  /// Whether boxes of different classes suppress each other.
  public var ignoresClasses: Bool
  /// From as many boxes on, each class is treated by itself.
  public var splitCount: Int

  public init(
    _ method: Method = .hard, threshold: Float, offset: Float = 0, scoreThreshold: Float = 0,
    maximum: Int? = nil, ignoresClasses: Bool = false, splitCount: Int = 10_000
  ) {
    self.method = method
    self.threshold = threshold
    self.offset = offset
    self.scoreThreshold = scoreThreshold
    self.maximum = maximum
    self.ignoresClasses = ignoresClasses
    self.splitCount = splitCount
  }
}

/// The boxes that a suppression lets stay, the best first.
public struct KeptBoxes: Hashable, Sendable {
  /// The places of the boxes among all.
  public var places: [Int]
  /// Scores after suppression.
  public var scores: [Float]
}

extension Suppression {
  /// Suppresses boxes without regard to classes.
  ///
  /// Boxes of equal score keep their order; NaN counts as the highest score, and a box with NaN
  /// among its coordinates overlaps none.
  public func callAsFunction(_ boxes: [Box], scores: [Float], threads: Int? = nil) -> KeptBoxes {
    precondition(
      boxes.count == scores.count, "\(scores.count) scores for \(boxes.count) boxes")
    if case .soft(let soft) = method {
      return soft.suppress(boxes, scores: scores, threshold: threshold, offset: offset)
    }
    var order = orderOfScores(scores)
    if scoreThreshold > 0 { order.removeAll { !(scores[$0] > scoreThreshold) } }
    let keeps = unsuppressed(
      order.map { boxes[$0] }, threshold: threshold, offset: offset, threads: threads)
    let places = zip(order, keeps).compactMap { $1 ? $0 : nil }.limited(to: maximum)
    return KeptBoxes(places: places, scores: places.map { scores[$0] })
  }

  /// Suppresses the boxes of each class.
  ///
  /// Boxes of a class are moved behind those of the class before, by the largest coordinate, and
  /// compared there, as mmcv does: rounding that comes with it decides some cases.
  public func callAsFunction(
    _ boxes: [Box], scores: [Float], labels: [Int], threads: Int? = nil
  ) -> KeptBoxes {
    precondition(
      boxes.count == labels.count, "\(labels.count) labels for \(boxes.count) boxes")
    if ignoresClasses {
      return boxes.count < splitCount
        ? self(boxes, scores: scores, threads: threads)
        : byClass(boxes, scores: scores, labels: labels, threads: threads)
    }
    let largest = boxes.reduce(-Float.infinity) { largest, box in
      box.coordinates.reduce(largest) { $1 > $0 ? $1 : $0 }
    }
    let moved = zip(boxes, labels).map { box, label in
      let offset = Float(label) * (largest + 1)
      return box.moved(x: offset, y: offset)
    }
    if boxes.count < splitCount && !classesLieApart(boxes) {
      return self(moved, scores: scores, threads: threads)
    }
    return byClass(moved, scores: scores, labels: labels, threads: threads)
  }

  /// Whether moved boxes of different classes cannot overlap, so that each class may be treated by
  /// itself; that of soft suppression decides the order of equals over all classes.
  private func classesLieApart(_ boxes: [Box]) -> Bool {
    method == .hard && threshold >= 0 && offset == 0
      && boxes.allSatisfy { !$0.coordinates.contains { $0 < -1 } }
  }

  private func byClass(
    _ boxes: [Box], scores: [Float], labels: [Int], threads: Int?
  ) -> KeptBoxes {
    var single = self
    single.maximum = nil
    var kept: [(place: Int, score: Float)] = []
    for (_, places) in Dictionary(grouping: boxes.indices, by: { labels[$0] }) {
      let part = single(
        places.map { boxes[$0] }, scores: places.map { scores[$0] }, threads: threads)
      kept += zip(part.places, part.scores).map { (places[$0], $1) }
    }
    kept.sort { $0.place < $1.place }
    let order = orderOfScores(kept.map(\.score)).limited(to: maximum)
    return KeptBoxes(
      places: order.map { kept[$0].place }, scores: order.map { kept[$0].score })
  }
}

extension Suppression {
  /// Boxes with a score for each class become detections: every score above a threshold is a
  /// candidate, and each class is suppressed.
  ///
  /// - Parameters:
  ///   - boxes: one a row of the scores, or one for each class of a row.
  ///   - scores: rows of one score a class, and one for background behind them, which is not read.
  ///   - classCount: without background.
  ///   - factors: of the scores of each row, after the comparison with the threshold.
  /// - Returns: the detections, the best first, and the places of their scores among those of classes.
  public func detections(
    of boxes: [Box], scores: [Float], classCount: Int, scoreThreshold: Float, maximum: Int? = nil,
    factors: [Float]? = nil, threads: Int? = nil
  ) -> (detections: Detections, places: [Int]) {
    let rows = scores.count / (classCount + 1)
    let hasBoxPerClass = boxes.count == rows * classCount && classCount > 1
    precondition(
      rows * (classCount + 1) == scores.count && (hasBoxPerClass || boxes.count == rows)
        && (factors.map { $0.count == rows } ?? true),
      "\(scores.count) scores and \(boxes.count) boxes for \(classCount) classes")
    var candidates = Detections()
    var places: [Int] = []
    for row in 0..<rows {
      for label in 0..<classCount {
        let score = scores[row * (classCount + 1) + label]
        guard score > scoreThreshold else { continue }
        let place = row * classCount + label
        places.append(place)
        candidates.boxes.append(boxes[hasBoxPerClass ? place : row])
        candidates.scores.append(factors.map { score * $0[row] } ?? score)
        candidates.labels.append(label)
      }
    }
    let kept = self(
      candidates.boxes, scores: candidates.scores, labels: candidates.labels, threads: threads)
    let order = kept.places.limited(to: maximum)
    return (
      Detections(
        boxes: order.map { candidates.boxes[$0] }, scores: kept.scores.limited(to: maximum),
        labels: order.map { candidates.labels[$0] }),
      order.map { places[$0] }
    )
  }
}

extension Box {
  fileprivate var coordinates: [Float] { [x1, y1, x2, y2] }
}

extension Array {
  func limited(to maximum: Int?) -> [Element] {
    guard let maximum, maximum > 0 else { return self }
    return Array(prefix(maximum))
  }
}
