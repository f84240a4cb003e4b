import Annotations
import Detectors
import TestKit
import Testing

@Suite struct SuppressionTests {
  @Test func keptBoxesAreThoseOfMMCV() throws {
    let cases = try BoxCase.all("nms")
    #expect(cases.count == 12)
    for (name, fixture) in cases {
      let suppression = Suppression(
        threshold: try #require(fixture.threshold), offset: fixture.offset ?? 0,
        scoreThreshold: fixture.scoreThreshold ?? 0, maximum: fixture.maximum)
      for threads in [1, 3] {
        let kept = suppression(
          fixture.makeBoxes(), scores: fixture.makeScores(), threads: threads)
        #expect(kept.places == fixture.keep, "\(name)")
      }
    }
  }

  @Test func softSuppressionIsThatOfMMCV() throws {
    let cases = try BoxCase.all("soft_nms")
    #expect(cases.count == 6)
    for (name, fixture) in cases {
      let decay: SoftSuppression.Decay =
        switch fixture.method {
        case "naive": .naive
        case "linear": .linear
        default: .gaussian(sigma: try #require(fixture.sigma))
        }
      let suppression = Suppression(
        .soft(SoftSuppression(decay, minimumScore: try #require(fixture.minimum))),
        threshold: try #require(fixture.threshold))
      let kept = suppression(fixture.makeBoxes(), scores: fixture.makeScores())
      #expect(kept.places == fixture.keep, "\(name)")
      #expect(relativeError(kept.scores, try #require(fixture.scoresAfter)) < 1e-6, "\(name)")
    }
  }

  @Test func classesAreSuppressedAsInMMCV() throws {
    let cases = try BoxCase.all("batched_nms")
    #expect(cases.count == 8)
    for (name, fixture) in cases {
      let config = try #require(fixture.config)
      let suppression = Suppression(
        config.type == "nms"
          ? .hard : .soft(SoftSuppression(minimumScore: config.minScore ?? 1e-3)),
        threshold: config.iouThreshold, maximum: config.maxNum,
        ignoresClasses: config.classAgnostic ?? false)
      let labels = BoxCase.numbers(
        "\(fixture.boxes ?? "").labels", count: fixture.count ?? 0, below: fixture.classes ?? 0)
      let kept = suppression(
        fixture.makeBoxes(), scores: fixture.makeScores(), labels: labels)
      #expect(kept.places == fixture.keep, "\(name)")
      if let after = fixture.scoresAfter, !after.isEmpty {
        #expect(relativeError(kept.scores, after) < 1e-6, "\(name)")
      }
    }
  }

  @Test func detectionsAreThoseOfMMDet() throws {
    let cases = try BoxCase.all("multiclass_nms")
    #expect(cases.count == 12)
    for (name, fixture) in cases {
      let (count, classes) = (try #require(fixture.count), try #require(fixture.classes))
      let plain = fixture.makeScores(count * classes)
      let scores = (0..<count).flatMap { plain[$0 * classes..<($0 + 1) * classes] + [0] }
      let (detections, places) = Suppression(threshold: 0.5).detections(
        of: fixture.makeBoxes(count * (fixture.perClass == true ? classes : 1)), scores: scores,
        classCount: classes, scoreThreshold: try #require(fixture.scoreThreshold),
        maximum: fixture.maximum,
        factors: fixture.factors == true ? BoxCase.scores("multi.factors", count: count) : nil)
      #expect(places == fixture.keep, "\(name)")
      #expect(detections.labels == fixture.labels, "\(name)")
      #expect(relativeError(detections.scores, try #require(fixture.scoresAfter)) < 1e-6)
    }
  }

  @Test func withoutBoxesNothingStays() {
    let suppression = Suppression(threshold: 0.5)
    #expect(suppression([], scores: []).places.isEmpty)
    #expect(suppression([], scores: [], labels: []).places.isEmpty)
    let soft = Suppression(.soft(SoftSuppression()), threshold: 0.5)
    #expect(soft([], scores: [], labels: []).places.isEmpty)
    let (none, _) = suppression.detections(
      of: [], scores: [], classCount: 3, scoreThreshold: 0.05)
    #expect(none.count == 0)
  }

  @Test func notANumberSuppressesNothing() {
    let box = Box(x1: 0, y1: 0, x2: 10, y2: 10)
    let unknown = Box(x1: .nan, y1: 0, x2: 10, y2: 10)
    let suppression = Suppression(threshold: 0.5)
    #expect(suppression([unknown, box, box], scores: [0.9, 0.8, 0.7]).places == [0, 1])
    // As in PyTorch's order, a score that is none comes first.
    #expect(suppression([box, box], scores: [0.9, .nan]).places == [1])
    let kept = suppression([unknown, box, box], scores: [0.9, 0.8, 0.7], labels: [0, 1, 1])
    #expect(kept.places == [0, 1])
  }

  @Test func classesApartGiveWhatAllTogetherDo() {
    let boxes = BoxCase.boxes("apart", count: 3000).map { $0.moved(x: 100, y: 100) }
    let scores = BoxCase.scores("apart.scores", count: 3000, steps: 40)
    let labels = BoxCase.numbers("apart.labels", count: 3000, below: 6)
    var suppression = Suppression(threshold: 0.4, maximum: 500)
    let apart = suppression(boxes, scores: scores, labels: labels)
    // Boxes whose coordinates are below -1 are compared all together.
    let outside = boxes + [Box(x1: -5, y1: -5, x2: -4, y2: -4)]
    suppression.maximum = 501
    let together = suppression(outside, scores: scores + [2], labels: labels + [0])
    #expect(together.places == [3000] + apart.places)
  }
}
