public import Annotations

/// Evaluators of the parts of a data set, each with the samples of its own.
public struct PartwiseEvaluator: Evaluator {
  /// The number of samples before each part, and of all.
  private let starts: [Int]
  /// Whether each part is reported apart, under `0_`, `1_`, …; else all are merged.
  private let reportsParts: Bool
  private var parts: [any Evaluator]

  /// - Parameter starts: the number of samples before each part, and of all.
  init(_ parts: [any Evaluator], starts: [Int], reportsParts: Bool) {
    precondition(
      starts.count == parts.count + 1, "\(starts.count) bounds of \(parts.count) parts")
    self.parts = parts
    self.starts = starts
    self.reportsParts = reportsParts
  }

  public mutating func add(_ predictions: [Prediction], at indices: [Int]) throws {
    guard predictions.count == indices.count else {
      throw VisionError.predictionCountMismatch(
        predictions: predictions.count, samples: indices.count)
    }
    for part in parts.indices {
      let range = starts[part]..<starts[part + 1]
      let own = indices.indices.filter { range.contains(indices[$0]) }
      guard !own.isEmpty else { continue }
      try parts[part].add(
        own.map { predictions[$0] }, at: own.map { indices[$0] - range.lowerBound })
    }
  }

  public func partial() -> [UInt8] {
    let partials = parts.map { $0.partial() }
    return CountCoding.bytes(partials.map(\.count)) + partials.flatMap(\.self)
  }

  public mutating func merge(_ partials: [[UInt8]]) throws {
    for bytes in partials {
      let lengths = try CountCoding.counts(Array(bytes.prefix(parts.count * 8)))
      guard lengths.count == parts.count, lengths.allSatisfy({ (0...bytes.count).contains($0) }),
        lengths.reduce(0, +) == bytes.count - parts.count * 8
      else { throw VisionError.unsuitablePartial(reason: "it has other parts") }
      var start = parts.count * 8
      for (part, length) in lengths.enumerated() {
        try parts[part].merge([Array(bytes[start..<start + length])])
        start += length
      }
    }
  }

  public func metrics() throws -> [MetricEntry] {
    if reportsParts {
      return try parts.enumerated().flatMap { part, evaluator in
        try evaluator.metrics().map {
          MetricEntry(name: "\(part)_\($0.name)", value: $0.value)
        }
      }
    }
    guard var all = parts.first else { return [] }
    try all.merge(parts.dropFirst().map { $0.partial() })
    return try all.metrics()
  }
}

/// The evaluator of a data set whose samples come several times.
struct RepeatingEvaluator: Evaluator {
  private let count: Int
  private var evaluator: any Evaluator

  /// - Parameter count: of the samples that differ.
  init(_ evaluator: any Evaluator, count: Int) {
    self.evaluator = evaluator
    self.count = count
  }

  mutating func add(_ predictions: [Prediction], at indices: [Int]) throws {
    try evaluator.add(predictions, at: indices.map { $0 % count })
  }

  func partial() -> [UInt8] { evaluator.partial() }

  mutating func merge(_ partials: [[UInt8]]) throws { try evaluator.merge(partials) }

  func metrics() throws -> [MetricEntry] { try evaluator.metrics() }
}
