internal import Annotations

#if canImport(Glibc)
  internal import Glibc
#endif

/// How soft suppression lowers the score of a box that overlaps a better one.
public struct SoftSuppression: Hashable, Sendable {
  public enum Decay: Hashable, Sendable {
    /// To 0, from the threshold on.
    case naive
    /// By the overlap, from the threshold on.
    case linear
    /// By a bell curve of the overlap, whatever the threshold.
    case gaussian(sigma: Float)
  }

  public var decay: Decay
  /// A box is dropped when its score falls below.
  public var minimumScore: Float

  public init(_ decay: Decay = .linear, minimumScore: Float = 1e-3) {
    self.decay = decay
    self.minimumScore = minimumScore
  }
}

extension SoftSuppression {
  private func weight(_ overlap: Float, threshold: Float) -> Float {
    switch decay {
    case .naive: overlap >= threshold ? 0 : 1
    case .linear: overlap >= threshold ? 1 - overlap : 1
    case .gaussian(let sigma): expf(-(overlap * overlap) / sigma)
    }
  }

  /// The best box is taken, the others lowered by it, and so on; the last takes the place of one that
  /// is dropped, and the first that of the one taken, which decides the order of equals.
  func suppress(_ boxes: [Box], scores: [Float], threshold: Float, offset: Float) -> KeptBoxes {
    var waiting = zip(boxes, scores).enumerated().map { place, pair in
      Candidate(box: pair.0, score: pair.1, place: place, offset: offset)
    }
    var first = 0
    while first < waiting.count {
      var best = first
      for other in first..<waiting.count where waiting[best].score < waiting[other].score {
        best = other
      }
      waiting.swapAt(first, best)
      let taken = waiting[first]
      var other = first + 1
      while other < waiting.count {
        waiting[other].score *= weight(
          taken.overlap(waiting[other], offset: offset), threshold: threshold)
        if waiting[other].score < minimumScore {
          waiting.swapAt(other, waiting.count - 1)
          waiting.removeLast()
        } else {
          other += 1
        }
      }
      first += 1
    }
    return KeptBoxes(places: waiting.map(\.place), scores: waiting.map(\.score))
  }
}

private struct Candidate {
  let box: Box
  let area: Float
  var score: Float
  let place: Int

  init(box: Box, score: Float, place: Int, offset: Float) {
    self.box = box
    self.score = score
    self.place = place
    area = (box.x2 - box.x1 + offset) * (box.y2 - box.y1 + offset)
  }

  func overlap(_ other: Candidate, offset: Float) -> Float {
    let right = other.box.x2 < box.x2 ? other.box.x2 : box.x2
    let left = box.x1 < other.box.x1 ? other.box.x1 : box.x1
    let bottom = other.box.y2 < box.y2 ? other.box.y2 : box.y2
    let top = box.y1 < other.box.y1 ? other.box.y1 : box.y1
    let (width, height) = (right - left + offset, bottom - top + offset)
    let common = (0 < width ? width : 0) * (0 < height ? height : 0)
    return common / (area + other.area - common)
  }
}
