import Foundation
import Tensors
import TestKit
import Testing

/// One case of `ops.json` and what its operation reads.
final class RecordedCase {
  let name: String
  let facts: [String: Any]
  let device: CPU
  var parameters: [(String, Parameter)] = []
  var statistics: [(String, Tensor)] = []

  init(name: String, facts: [String: Any], device: CPU) {
    self.name = name
    self.facts = facts
    self.device = device
  }

  private var shapes: [String: [Int]] { facts["shapes"] as? [String: [Int]] ?? [:] }

  var inputNames: [String] {
    shapes.isEmpty ? ["input"] : shapes.keys.filter { $0 != "weight" && $0 != "bias" }.sorted()
  }

  func filled(
    _ part: String, _ shape: Shape, _ transform: (Double) -> Double = { $0 }
  ) -> Tensor {
    let values = CounterNumbers.signed("\(name).\(part)", count: shape.count).map {
      Float(transform($0))
    }
    let isActivation = shape.rank == 4 && part != "weight"
    return Tensor(
      values, shape: shape, layout: isActivation ? .channelsLast : .rowMajor, on: device)
  }

  func input(_ part: String) -> Tensor {
    if let listed = facts["input"] as? [Double] {
      return Tensor(listed.map { Float($0) }, shape: [listed.count], on: device)
    }
    let scale = (facts["scales"] as? [String: Double])?[part] ?? 1
    return filled(part, Shape(shapes[part] ?? [])) { $0 * scale }
  }

  func pull(_ shape: Shape) -> Tensor {
    facts["pull"] != nil ? .filled(1, shape: shape, on: device) : filled("pull", shape)
  }

  func parameter(_ part: String) -> Parameter? {
    guard let shape = shapes[part] else { return nil }
    let parameter = Parameter(filled(part, Shape(shape)))
    parameters.append((part, parameter))
    return parameter
  }

  func option(_ key: String) -> Any? { (facts["options"] as? [String: Any])?[key] }

  func pair(_ key: String, _ fallback: SIMD2<Int>) -> SIMD2<Int> {
    if let number = option(key) as? Int { return [number, number] }
    let list = option(key) as? [Int] ?? (option(key) as? [String: [Int]])?["__tuple__"]
    return list.map { [$0[0], $0[1]] } ?? fallback
  }

  struct Unknown: Error { let operation: String }
}
