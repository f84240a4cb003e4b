/// A value that can be read from one node of a config tree.
public protocol ConfigDecodable {
  init(config: Config, path: ConfigPath) throws(ConfigError)
}

extension Config: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    self = config
  }
}

extension Bool: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    guard case .bool(let value) = config else {
      throw .wrongType(path: path, expected: "bool", found: config.kindName)
    }
    self = value
  }
}

extension Int: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    guard case .int(let value) = config else {
      throw .wrongType(path: path, expected: "int", found: config.kindName)
    }
    self = value
  }
}

extension Double: ConfigDecodable {
  /// Reads a float; an integer counts as one, as in Python.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    switch config {
    case .float(let value): self = value
    case .int(let value): self = Double(value)
    default: throw .wrongType(path: path, expected: "float", found: config.kindName)
    }
  }
}

extension Float: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    self = Float(try Double(config: config, path: path))
  }
}

extension String: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    guard case .string(let value) = config else {
      throw .wrongType(path: path, expected: "str", found: config.kindName)
    }
    self = value
  }
}

extension Array: ConfigDecodable where Element: ConfigDecodable {
  /// Reads a list or a tuple.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    guard let items = config.items else {
      throw .wrongType(path: path, expected: "list", found: config.kindName)
    }
    var elements: [Element] = []
    elements.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      elements.append(try Element(config: item, path: path.appending(index)))
    }
    self = elements
  }
}

extension Optional: ConfigDecodable where Wrapped: ConfigDecodable {
  /// Reads Python's `None` as `nil`.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    self = config == .none ? nil : try Wrapped(config: config, path: path)
  }
}
