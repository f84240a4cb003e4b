public import Tensors

/// Moves of single weights that take a recorded network off the edges of its rectifiers, as
/// `Tests/Fixtures/record/edges.py` found them.
///
/// A rectifier whose input lies nearer to zero than rounding moves it has either gradient in a
/// correct program. The moved network has no such input.
public struct RecordedMoves: Decodable, Sendable {
  /// Per name of a state dict `[index, multiple, index, multiple, …]`.
  private let steps: [String: [Int]]

  /// One step; every multiple of it that fixtures use is exact.
  private static let quantum: Float = 0x1p-8

  public init(_ steps: [String: [Int]]) { self.steps = steps }

  public init(from decoder: any Decoder) throws {
    steps = try decoder.singleValueContainer().decode([String: [Int]].self)
  }

  /// The number of moved elements.
  public var count: Int { steps.values.reduce(0) { $0 + $1.count / 2 } }

  /// The names of the entries that have moved elements.
  public var names: Set<String> { Set(steps.keys) }

  /// The values of the entry `name` after its moves.
  public func moved(_ values: [Float], of name: String) -> [Float] {
    guard let pairs = steps[name] else { return values }
    var values = values
    for position in stride(from: 0, to: pairs.count, by: 2) {
      values[pairs[position]] += Float(pairs[position + 1]) * Self.quantum
    }
    return values
  }

  /// Moves the values of parameters, which must be all that have moves.
  public func apply(to parameters: [(name: String, parameter: Parameter)]) {
    var missing = names
    for (name, parameter) in parameters where missing.remove(name) != nil {
      let values = moved(parameter.value.values, of: name)
      _ = parameter.value.floats.update(fromContentsOf: values)
      parameter.markChanged()
    }
    precondition(missing.isEmpty, "moves of \(missing.sorted()), which are no parameters")
  }
}

/// The distance that the inputs of a recorded network keep from the edges of its rectifiers.
public struct RecordedEdges: Decodable, Sendable {
  /// The least distance, in units of the rounding error of the original's float32 run there.
  public let margin: Double
  /// The largest of those rounding errors.
  public let rounding: Double
  /// How many inputs were looked at.
  public let elements: Int

  /// The least margin that the recording scripts accept.
  public static let leastMargin = 8.0
}
