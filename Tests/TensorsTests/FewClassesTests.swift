import Foundation
import Tensors
import TestKit
import Testing

/// Scores of few and of many classes against double precision: kernels turn rows of few around.
@Suite struct FewClassesTests {
  private static let classes = [2, 3, 15, 16, 17, 19, 33, 127, 128, 129]
  private static let rows = [1, 2, 15, 16, 17, 18, 45]

  private func table(_ rows: Int, _ classes: Int) -> [[Double]] {
    var generator = Generator(seed: UInt64(rows * 1000 + classes))
    return (0..<rows).map { _ in (0..<classes).map { _ in Double(Float(generator.uniform(-9, 9))) }
    }
  }

  /// The largest difference, relative to what is above 1: small losses are differences of scores.
  private func difference(_ actual: Tensor, _ expected: [Float]) -> Float {
    zip(actual.values, expected).reduce(0) { max($0, abs($1.0 - $1.1) / max(abs($1.1), 1)) }
  }

  @Test(arguments: classes)
  func softmaxAgreesWithDoublePrecision(_ classes: Int) {
    for rows in Self.rows {
      let scores = table(rows, classes)
      let x = Tensor(
        scores.joined().map { Float($0) }, shape: [rows, classes], on: CPU(threads: 2))
      let logarithms = scores.flatMap { row in
        let sum = log(row.reduce(0) { $0 + exp($1) })
        return row.map { $0 - sum }
      }
      #expect(relativeError(softmax(x, axis: 1), logarithms.map { Float(exp($0)) }) < 1e-6)
      #expect(relativeError(logSoftmax(x, axis: 1), logarithms.map { Float($0) }) < 1e-6)
    }
  }

  @Test(arguments: classes)
  func crossEntropyAgreesWithDoublePrecision(_ classes: Int) {
    for rows in Self.rows {
      let scores = table(rows, classes)
      let labels = (0..<rows).map { $0 % 5 == 3 ? 255 : $0 * 7 % classes }
      let weights = (0..<classes).map { 0.5 + Float($0 % 3) }
      let tape = Tape()
      let x = tape.watch(
        Tensor(scores.joined().map { Float($0) }, shape: [rows, classes], on: CPU(threads: 2)),
        needsGradient: true)
      let losses = crossEntropy(x, labels: labels, classWeights: weights, ignoring: 255)
      tape.backward(from: losses.sum())
      var expected: [Float] = []
      var gradient: [Float] = []
      for (row, label) in zip(scores, labels) {
        let sum = row.reduce(0) { $0 + exp($1) }
        let isKnown = label < classes
        let weight = isKnown ? Double(weights[label]) : 0
        expected.append(isKnown ? Float(weight * (log(sum) - row[label])) : 0)
        for (place, score) in row.enumerated() {
          gradient.append(Float(weight * (exp(score) / sum - (place == label ? 1 : 0))))
        }
      }
      #expect(difference(losses, expected) < 2e-6)
      #expect(tape.gradient(of: x).map { difference($0, gradient) < 1e-6 } == true)
    }
  }

  @Test(arguments: classes)
  func theFirstOfTheLargestIsFound(_ classes: Int) {
    for rows in Self.rows {
      // Few different values, so that there are ties; and a NaN in some rows.
      var generator = Generator(seed: UInt64(rows + classes))
      var scores = (0..<rows * classes).map { _ in Float(Int(generator.uniform(-3, 3))) }
      for row in stride(from: 0, to: rows, by: 4) { scores[row * classes + classes / 2] = .nan }
      let x = Tensor(scores, shape: [rows, classes], on: CPU(threads: 2))
      var (largest, least): ([Int], [Int]) = ([], [])
      for row in 0..<rows {
        let part = Array(scores[row * classes..<(row + 1) * classes])
        let none = part.firstIndex { $0.isNaN }
        largest.append(none ?? part.firstIndex(of: part.max() ?? 0) ?? 0)
        least.append(none ?? part.firstIndex(of: part.min() ?? 0) ?? 0)
      }
      #expect(x.argmax(axis: 1) == largest)
      #expect(x.argmin(axis: 1) == least)
    }
  }

  @Test func boundlessScoresAreAsInPyTorch() {
    let x = Tensor(
      [0, -.infinity, 1, .infinity, 0, 1, .nan, 0, 1, -200, 0, -300], shape: [4, 3],
      on: CPU(threads: 1))
    let y = softmax(x, axis: 1).values
    #expect(abs(y[0] - 0.2689414) < 1e-6 && y[1] < 1e-30)
    // Infinity less infinity is no number.
    #expect(y[3].isNaN && y[6...8].allSatisfy { $0.isNaN })
    #expect(y[9] < 1e-30 && y[10] == 1 && y[11] < 1e-30)
    #expect(crossEntropy(x, labels: [0, 9, 9, 1], ignoring: 9).values[1...2] == [0, 0])
  }

  @Test func theNumberOfThreadsChangesNothing() {
    let shape: Shape = [4001, 19]
    let values = Tensor.random(shape, from: -9, to: 9, seed: 1, on: CPU(threads: 1)).values
    let results = [1, 2, 3].map { threads in
      let x = Tensor(values, shape: shape, on: CPU(threads: threads))
      return softmax(x, axis: 1).values + logSoftmax(x, axis: 1).values
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }
}
