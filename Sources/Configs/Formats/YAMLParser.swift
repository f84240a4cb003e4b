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
    guard let root = try parser.compose(text) else { return .none }
    return try parser.value(root, path: .root)
  }

  /// The node of a text, in which a key may be given twice: to PyYAML the last one counts, Yams
  /// refuses the text. The earlier ones get tags of their own here and so differ from the others.
  private func compose(_ text: String) throws(ConfigFileError) -> Node? {
    var text = text
    var failure: ConfigFileError?
    for number in 0..<Self.maximumRepeats {
      do {
        return try Yams.compose(yaml: text, Self.resolver, .default, .utf8)
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        failure =
          failure ?? syntaxError("the key '\(keys.first ?? "")' is given twice", context.mark)
        guard let tagged = Self.tagging(text, at: context.mark, number) else { break }
        text = tagged
      } catch {
        throw failure ?? self.failure(error)
      }
    }
    throw failure ?? syntaxError("too many keys are given twice", nil)
  }

  /// Each repeated key costs a further reading of the text.
  private static let maximumRepeats = 100
  private static let repeatedTag = "!repeated-key-"
  private static let plainTag = "plain"

  /// Gives every plain scalar without a tag the same one. Yams resolves the tags of keys when it
  /// compares them, and without a rule could not tell `1` from `'1'`.
  private static let resolver =
    (try? Resolver.basic.appending(.init(rawValue: plainTag), "^"))
    ?? .basic

  /// The text with a tag for the key at a place; `nil` where there is no such place.
  private static func tagging(_ text: String, at mark: Mark, _ number: Int) -> String? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(mark.line - 1), mark.column > 0 else { return nil }
    let line = lines[mark.line - 1]
    let scalars = line.unicodeScalars
    guard
      let place = scalars.index(
        scalars.startIndex, offsetBy: mark.column - 1, limitedBy: scalars.endIndex)
    else { return nil }
    lines[mark.line - 1] = line[..<place] + "\(repeatedTag)\(number) " + line[place...]
    return lines.joined(separator: "\n")
  }

  /// Whether the tag is one that the text does not have.
  private static func isImplicit(_ tag: String) -> Bool {
    tag.isEmpty || tag == plainTag || tag.hasPrefix(repeatedTag)
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
    switch try value(node, path: .root) {
    case .string(let text): return .string(text)
    case .int(let number): return .int(number)
    case .opaque(let representation): return .other(representation: representation)
    case .list, .dict: throw syntaxError("a key must be a scalar", node.mark)
    case let other: return .other(representation: PythonPrinter.line(other))
    }
  }

  private func scalar(_ scalar: Node.Scalar) throws(ConfigFileError) -> Config {
    let text = scalar.string
    switch Self.shortTag(scalar.tag.rawValue) {
    case let tag where Self.isImplicit(tag):
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
    case "merge": return true
    case let tag: return isImplicit(tag) && scalar.style == .plain && scalar.string == "<<"
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
    default:
      return syntaxError(error.description, nil)
    }
  }
}
