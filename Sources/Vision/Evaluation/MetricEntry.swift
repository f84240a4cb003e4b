/// One result of an evaluation.
public struct MetricEntry: Sendable, Equatable {
  /// The name that upstream logs: `accuracy_top-1`.
  public let name: String
  public let value: Value

  /// One number, or one per class.
  public enum Value: Sendable, Equatable {
    case scalar(Double)
    case perClass([Double])
  }

  public init(name: String, value: Value) {
    self.name = name
    self.value = value
  }

  /// The number; `nil` when the value is one per class.
  public var scalar: Double? {
    guard case .scalar(let number) = value else { return nil }
    return number
  }
}
