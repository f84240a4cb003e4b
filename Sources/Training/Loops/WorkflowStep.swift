public import Configs

/// One part of a workflow: so many epochs (or iterations) of training or validation.
public struct WorkflowStep: Hashable, Sendable {
  public enum Mode: String, CaseIterable, Sendable {
    case train
    case validation = "val"
  }

  public var mode: Mode
  public var count: Int

  public init(_ mode: Mode, _ count: Int = 1) {
    self.mode = mode
    self.count = count
  }
}

extension WorkflowStep: ConfigDecodable {
  /// Reads `('train', 1)`.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    guard let items = config.items, items.count == 2 else {
      throw .wrongType(
        path: path, expected: "a pair of mode and count", found: config.kindName)
    }
    let name = try String(config: items[0], path: path.appending(0))
    guard let mode = Mode(rawValue: name) else {
      throw .unknownType(
        path: path.appending(0), kind: "workflow mode", name: name,
        nearest: NearestName.of(name, among: Mode.allCases.map(\.rawValue)))
    }
    let count = try Int(config: items[1], path: path.appending(1))
    guard count > 0 else {
      throw .invalidValue(path: path.appending(1), message: "must be above 0, this is \(count)")
    }
    self.init(mode, count)
  }
}

extension WorkflowStep: CustomStringConvertible {
  public var description: String { "('\(mode.rawValue)', \(count))" }
}
