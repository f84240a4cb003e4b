import Annotations
import Detectors
import NN
import Tensors
import TestKit
import Testing

@Suite struct OverlapTests {
  let cpu = CPU(threads: 2)

  @Test func overlapsAreThoseOfMMDet() throws {
    let cases = try BoxCase.all("overlaps")
    #expect(cases.count == 6)
    for (name, fixture) in cases {
      let measure = try #require(OverlapMeasure(rawValue: fixture.mode ?? ""))
      let isAligned = fixture.aligned ?? false
      var a = BoxCase.boxes("overlaps.a", count: 9)
      var b = BoxCase.boxes("overlaps.b", count: isAligned ? 9 : 14)
      (a[0].x2, a[0].y2) = (a[0].x1, a[0].y1)
      a[1].x2 = a[1].x1 - 3
      b[2] = a[2]
      let expected = try #require(fixture.values)
      let actual =
        isAligned
        ? pairedOverlaps(of: a, with: b, measure) : overlaps(of: a, with: b, measure).values
      // Nine digits tell all float32 numbers apart.
      #expect(actual == expected, "\(name)")
      guard isAligned else { continue }
      let tensors = pairedOverlaps(of: tensor(a), with: tensor(b), measure)
      #expect(relativeError(tensors, expected) < 1e-6, "\(name)")
    }
  }

  @Test(arguments: OverlapMeasure.allCases)
  func nothingOverlapsNothing(_ measure: OverlapMeasure) {
    let box = Box(x1: 0, y1: 0, x2: 2, y2: 2)
    #expect(overlaps(of: [], with: [box], measure).values.isEmpty)
    #expect(overlaps(of: [box], with: [], measure).rows == 1)
    #expect(pairedOverlaps(of: [], with: [], measure).isEmpty)
    let unknown = Box(x1: .nan, y1: 0, x2: 2, y2: 2)
    #expect(overlaps(of: [unknown], with: [box], measure)[0, 0].isNaN)
    #expect(pairedOverlaps(of: [box], with: [unknown], measure)[0].isNaN)
  }

  @Test func theNumberOfThreadsChangesNothing() {
    let (a, b) = (BoxCase.boxes("t.a", count: 40), BoxCase.boxes("t.b", count: 3000))
    #expect(
      overlaps(of: a, with: b, .giou, threads: 1).values
        == overlaps(of: a, with: b, .giou, threads: 3).values)
  }

  @Test(arguments: OverlapMeasure.allCases)
  func gradientsOfOverlapsAgreeWithDifferences(_ measure: OverlapMeasure) {
    let error = gradientError(
      inputs: [
        tensor(BoxCase.boxes("g.a", count: 9, spread: 10)),
        tensor(BoxCase.boxes("g.b", count: 9, spread: 10)),
      ], step: 1e-2
    ) { pairedOverlaps(of: $0[0], with: $0[1], measure) }
    #expect(error < 1e-2)
  }

  @Test func lossesOfBoxesAreThoseOfMMDet() throws {
    let cases = try BoxCase.all("box_loss")
    #expect(cases.count == 5)
    for (name, fixture) in cases {
      let a = BoxCase.boxes("losses.a", count: 12)
      var b = BoxCase.boxes("losses.b", count: 12)
      b[3] = a[3]
      b[4].x1 = a[4].x1
      b[5] = a[5].moved(x: 300, y: 300)
      let tape = Tape()
      let x = tape.watch(tensor(a), needsGradient: true)
      let target = tensor(b)
      var weight = Tensor(
        BoxCase.scores("losses.weight", count: 12), shape: [12], on: cpu)
      let losses: Tensor
      switch fixture.loss {
      case "iou_log": losses = -pairedOverlaps(of: x, with: target).clamp(minimum: 1e-6).log()
      case "iou_linear": losses = 1 - pairedOverlaps(of: x, with: target).clamp(minimum: 1e-6)
      case "giou": losses = 1 - pairedOverlaps(of: x, with: target, .giou, epsilon: 1e-7)
      case "l1": losses = l1Loss(x, target)
      default: losses = smoothL1Loss(x, target, beta: 0.11)
      }
      if losses.shape.rank == 2 { weight = weight.reshaped([12, 1]) }
      let loss = try LossReduction.mean.reduce(
        losses, weight: weight, averageFactor: 7, epsilon: Double(Float.ulpOfOne))
      try compare(loss * 2, with: fixture, of: x, on: tape, name)
    }
  }

  @Test func lossesOfScoresAreThoseOfMMDet() throws {
    let cases = try BoxCase.all("score_loss")
    #expect(cases.count == 3)
    for (name, fixture) in cases {
      let tape = Tape()
      let scores = CounterNumbers.signed("losses.scores", count: 180).map { Float(4 * $0) }
      let x = tape.watch(Tensor(scores, shape: [30, 6], on: cpu), needsGradient: true)
      let labels = BoxCase.numbers("losses.labels", count: 30, below: 7)
      let weight = Tensor(
        BoxCase.scores("losses.label_weight", count: 30), shape: [30], on: cpu)
      let losses: Tensor
      switch fixture.loss {
      case "focal": losses = sigmoidFocalLoss(x, labels: labels)
      case "quality":
        losses = qualityFocalLoss(
          x, labels: labels, qualities: BoxCase.scores("losses.quality", count: 30))
      default:
        losses = distributionFocalLoss(
          x, distances: BoxCase.scores("losses.distance", count: 30).map { 4.9 * $0 })
      }
      let loss = try LossReduction.mean.reduce(
        losses, weight: weight, averageFactor: 9, epsilon: Double(Float.ulpOfOne))
      try compare(loss * 1.5, with: fixture, of: x, on: tape, name)
    }
  }

  private func compare(
    _ loss: Tensor, with fixture: BoxCase, of x: Tensor, on tape: Tape, _ name: String
  ) throws {
    #expect(relativeError(loss, [try #require(fixture.value)]) < 1e-6, "\(name)")
    tape.backward(from: loss)
    let gradient = try #require(tape.gradient(of: x))
    #expect(relativeError(gradient, try #require(fixture.gradient)) < 2e-6, "\(name)")
  }

  private func tensor(_ boxes: [Box]) -> Tensor {
    Tensor(
      hostFloats: boxes.flatMap { [$0.x1, $0.y1, $0.x2, $0.y2] }, shape: [boxes.count, 4], on: cpu)
  }
}
