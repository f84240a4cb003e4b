import Annotations
import Foundation
import TestKit

/// One entry of `dense/boxes.json`: what mmcv or mmdet made of boxes.
struct BoxCase: Decodable {
  let kind: String
  let mode: String?
  let aligned: Bool?
  let values: [Float]?
  let boxes: String?
  let listed: [[Float]]?
  let listedScores: [Float]?
  let count: Int?
  let classes: Int?
  let perClass: Bool?
  let steps: Int?
  let spread: Double?
  let shift: Float?
  let offset: Float?
  let threshold: Float?
  let scoreThreshold: Float?
  let maximum: Int?
  let sigma: Float?
  let minimum: Float?
  let method: String?
  let factors: Bool?
  let config: Config?
  let keep: [Int]?
  let labels: [Int]?
  let scoresAfter: [Float]?
  let loss: String?
  let value: Float?
  let gradient: [Float]?

  enum CodingKeys: String, CodingKey {
    case kind, mode, aligned, values, boxes, listed, count, classes, perClass, steps, spread, shift
    case offset, threshold, scoreThreshold, maximum, sigma, minimum, method, factors, config, keep
    case labels, scoresAfter, loss, value, gradient
    case listedScores = "scores"
  }

  struct Config: Decodable {
    let type: String
    let iouThreshold: Float
    let classAgnostic: Bool?
    let minScore: Float?
    let maxNum: Int?
  }

  static func all(_ kind: String) throws -> [(name: String, fixture: BoxCase)] {
    let table: [String: BoxCase] = try Fixtures.json("dense/boxes.json")
    return table.filter { $0.value.kind == kind }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// As `Tests/Fixtures/record/dense.py` makes them.
  func makeBoxes(_ count: Int? = nil) -> [Box] {
    if let listed { return listed.map { Box(x1: $0[0], y1: $0[1], x2: $0[2], y2: $0[3]) } }
    return Self.boxes(boxes ?? "", count: count ?? self.count ?? 0, spread: spread ?? 60)
      .map { $0.moved(x: shift ?? 0, y: shift ?? 0) }
  }

  func makeScores(_ count: Int? = nil) -> [Float] {
    listedScores
      ?? Self.scores("\(boxes ?? "").scores", count: count ?? self.count ?? 0, steps: steps ?? 0)
  }

  static func boxes(_ name: String, count: Int, spread: Double = 60) -> [Box] {
    let values = CounterNumbers.signed(name, count: 4 * count)
    return (0..<count).map { i in
      let (x, y) = (Float(spread * values[4 * i]), Float(spread * values[4 * i + 1]))
      let (width, height) = (
        Float(5 + 40 * abs(values[4 * i + 2])), Float(5 + 40 * abs(values[4 * i + 3]))
      )
      return Box(x1: x, y1: y, x2: x + width, y2: y + height)
    }
  }

  static func scores(_ name: String, count: Int, steps: Int = 0) -> [Float] {
    CounterNumbers.signed(name, count: count).map {
      Float(steps > 0 ? (abs($0) * Double(steps)).rounded(.down) / Double(steps) : abs($0))
    }
  }

  static func numbers(_ name: String, count: Int, below most: Int) -> [Int] {
    CounterNumbers.signed(name, count: count).map { Int(abs($0) * Double(most)) }
  }
}
