/// The place of a value in a config tree, written `data.train.pipeline.1.size`.
public struct ConfigPath: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public var components: [String]

  /// The root of a tree.
  public static let root = ConfigPath(components: [])

  public init(components: [String]) {
    self.components = components
  }

  public init(stringLiteral value: String) {
    components = value.split(separator: ".").map(String.init)
  }

  /// The path of the value under `key`.
  public func appending(_ key: String) -> ConfigPath {
    ConfigPath(components: components + [key])
  }

  /// The path of the list element `index`.
  public func appending(_ index: Int) -> ConfigPath {
    appending(String(index))
  }

  public var description: String {
    components.isEmpty ? "(top level)" : components.joined(separator: ".")
  }
}
