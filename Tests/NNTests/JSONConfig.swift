import Configs

/// A JSON value of a fixture as a config; `{"__tuple__": […]}` is a tuple.
enum JSONConfig: Decodable {
  case null
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([JSONConfig])
  case object([String: JSONConfig])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(Double.self) {
      self = .float(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONConfig].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONConfig].self))
    }
  }

  var config: Config {
    switch self {
    case .null: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .float(let value): return .float(value)
    case .string(let value): return .string(value)
    case .list(let items): return .list(items.map(\.config))
    case .object(let entries):
      if case .list(let items) = entries["__tuple__"] { return .tuple(items.map(\.config)) }
      var result: Config = [:]
      for (key, value) in entries { result[key] = value.config }
      return result
    }
  }
}
