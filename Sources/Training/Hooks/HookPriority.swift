public import Configs

/// When a hook runs among others at the same stage: lower values first (mmcv's `Priority`).
public struct HookPriority: Hashable, Comparable, Sendable {
  public let value: Int

  /// - Parameter value: 0 (first) to 100 (last).
  public init(_ value: Int) {
    precondition((0...100).contains(value), "a priority lies between 0 and 100, got \(value)")
    self.value = value
  }

  public static let highest = HookPriority(0)
  public static let veryHigh = HookPriority(10)
  public static let high = HookPriority(30)
  public static let aboveNormal = HookPriority(40)
  public static let normal = HookPriority(50)
  public static let belowNormal = HookPriority(60)
  public static let low = HookPriority(70)
  public static let veryLow = HookPriority(90)
  public static let lowest = HookPriority(100)

  private static let names: [(name: String, priority: HookPriority)] = [
    ("HIGHEST", .highest), ("VERY_HIGH", .veryHigh), ("HIGH", .high),
    ("ABOVE_NORMAL", .aboveNormal), ("NORMAL", .normal), ("BELOW_NORMAL", .belowNormal),
    ("LOW", .low), ("VERY_LOW", .veryLow), ("LOWEST", .lowest),
  ]

  /// The level's name, or the number when no level has this value.
  public var name: String {
    Self.names.first { $0.priority == self }?.name ?? String(value)
  }

  public static func < (a: HookPriority, b: HookPriority) -> Bool { a.value < b.value }
}

extension HookPriority: ConfigDecodable {
  /// Reads a level's name in any case, or a number from 0 to 100.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    switch config {
    case .int(let value):
      guard (0...100).contains(value) else {
        throw .invalidValue(
          path: path, message: "a priority lies between 0 and 100, this is \(value)")
      }
      self.init(value)
    case .string(let text):
      guard let level = Self.names.first(where: { $0.name == text.uppercased() }) else {
        throw .unknownType(
          path: path, kind: "priority", name: text,
          nearest: NearestName.of(text.uppercased(), among: Self.names.map(\.name)))
      }
      self = level.priority
    default:
      throw .wrongType(path: path, expected: "priority", found: config.kindName)
    }
  }
}
