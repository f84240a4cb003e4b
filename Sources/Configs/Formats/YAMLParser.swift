import OrderedCollections
import Yams

/// Reads YAML with the meaning that PyYAML gives it, but constructs no Python objects.
public struct YAMLParser {
  private let source: ConfigSource
  private var count = 0

  /// Reads a text that stands for itself, without predefined variables or bases. An empty text is
  /// `None`.
  ///
  /// - Parameter file: the name that messages give.
  /// - Throws: ``ConfigFileError/syntax(file:line:column:message:excerpt:)``
  public static func parse(_ text: String, file: String) throws(ConfigFileError) -> Config {
    try parse(text, source: ConfigSource(file: file, original: text, text: text))
  }

  /// - Parameters:
  ///   - text: what is parsed.
  ///   - source: the file that messages quote; `text` has the same lines.
  static func parse(_ text: String, source: ConfigSource) throws(ConfigFileError) -> Config {
    var parser = YAMLParser(source: source)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text, .basic, .default, .utf8)
    } catch {
      throw parser.failure(error)
    }
    guard let root else { return .none }
    return try parser.value(root, path: .root)
  }

  private init(source: ConfigSource) {
    self.source = source
  }

  private mutating func value(_ node: Node, path: ConfigPath) throws(ConfigFileError) -> Config {
    count += 1
    guard path.components.count < Config.maximumDepth, count < Config.maximumCount else {
      throw .notTree(file: source.file, path: path, reason: "nested too deeply or too large")
    }
    switch node {
    case .scalar(let scalar):
      return try self.scalar(scalar)
    case .sequence(let sequence):
      var items: [Config] = []
      for (index, item) in sequence.enumerated() {
        items.append(try value(item, path: path.appending(index)))
      }
      switch Self.shortTag(sequence.tag.rawValue) {
      case "", "seq": return .list(items)
      case "python/tuple": return .tuple(items)
      default: throw unknownTag(sequence.tag, sequence.mark)
      }
    case .mapping(let mapping):
      guard ["", "map"].contains(Self.shortTag(mapping.tag.rawValue)) else {
        throw unknownTag(mapping.tag, mapping.mark)
      }
      return .dict(try entries(mapping, path: path))
    case .alias:
      throw .notTree(file: source.file, path: path, reason: "an alias without its value")
    }
  }

  private mutating func entries(
    _ mapping: Node.Mapping, path: ConfigPath
  ) throws(ConfigFileError) -> OrderedDictionary<Config.Key, Config> {
    var merged: OrderedDictionary<Config.Key, Config> = [:]
    var own: OrderedDictionary<Config.Key, Config> = [:]
    for (key, node) in mapping {
      if Self.isMergeKey(key) {
        let sources = node.sequence.map { Array($0) } ?? [node]
        for source in sources {
          guard let base = source.mapping else {
            throw syntaxError("'<<' needs a mapping or a list of mappings", node.mark)
          }
          merged.merge(try entries(base, path: path)) { first, _ in first }
        }
        continue
      }
      let name = try self.key(key)
      own[name] = try value(node, path: path.appending(name.text))
    }
    return merged.merging(own) { _, own in own }
  }

  private mutating func key(_ node: Node) throws(ConfigFileError) -> Config.Key {
    var value = try value(node, path: .root)
    // Yams compares keys, which leaves those without a tag tagged as strings.
    if let scalar = node.scalar, scalar.style == .plain,
      Self.shortTag(scalar.tag.rawValue) == "str"
    {
      value = YAMLScalar.resolve(scalar.string)
    }
    switch value {
    case .string(let text): return .string(text)
    case .int(let number): return .int(number)
    case .list, .dict: throw syntaxError("a key must be a scalar", node.mark)
    case let other: return .other(representation: PythonPrinter.line(other))
    }
  }

  private func scalar(_ scalar: Node.Scalar) throws(ConfigFileError) -> Config {
    let text = scalar.string
    switch Self.shortTag(scalar.tag.rawValue) {
    case "":
      return scalar.style == .plain ? YAMLScalar.resolve(text) : .string(text)
    case "str", "!", "python/str", "python/unicode":
      return .string(text)
    case "int", "python/int", "python/long":
      if let value = YAMLScalar.integer(text) { return value }
    case "float", "python/float":
      if let value = YAMLScalar.float(text) ?? PythonNumber.float(text) { return value }
    case "bool", "python/bool":
      if let value = YAMLScalar.boolean(text) { return .bool(value) }
    case "null", "python/none":
      return .none
    default:
      throw unknownTag(scalar.tag, scalar.mark)
    }
    throw syntaxError("'\(text)' does not fit its tag \(scalar.tag.rawValue)", scalar.mark)
  }

  private static func isMergeKey(_ key: Node) -> Bool {
    guard let scalar = key.scalar else { return false }
    switch shortTag(scalar.tag.rawValue) {
    case "", "str": return scalar.style == .plain && scalar.string == "<<"
    case "merge": return true
    default: return false
    }
  }

  private static func shortTag(_ tag: String) -> String {
    let prefix = "tag:yaml.org,2002:"
    return tag.hasPrefix(prefix) ? String(tag.dropFirst(prefix.count)) : tag
  }

  private func unknownTag(_ tag: Tag, _ mark: Mark?) -> ConfigFileError {
    syntaxError("the tag \(tag.rawValue) is not allowed in a config", mark)
  }

  private func syntaxError(_ message: String, _ mark: Mark?) -> ConfigFileError {
    .syntax(
      file: source.file, line: mark?.line, column: mark?.column, message: message,
      excerpt: source.line(mark?.line))
  }

  private func failure(_ error: any Error) -> ConfigFileError {
    guard let error = error as? YamlError else {
      return syntaxError(String(describing: error), nil)
    }
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return syntaxError([context?.text, problem].compactMap(\.self).joined(separator: ", "), mark)
    case .duplicatedKeysInMapping(let keys, let context):
      return syntaxError("the key '\(keys.first ?? "")' is given twice", context.mark)
    default:
      return syntaxError(error.description, nil)
    }
  }
}
