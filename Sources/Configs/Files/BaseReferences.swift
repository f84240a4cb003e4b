import OrderedCollections

/// The `{{ _base_.name }}` references of a JSON or YAML text.
///
/// The text is parsed with a token in the place of each reference, and the tokens are then
/// exchanged for the values of the bases: a whole value for a whole value, and text inside a
/// longer string or a key.
struct BaseReferences {
  /// The text with tokens.
  let text: String

  private let names: [(token: String, name: String)]

  /// - Parameter quoting: whether a token outside of a string needs quotes (JSON).
  init(_ text: String, quoting: Bool) {
    var prefix = "_base_value_"
    while text.contains(prefix) { prefix += "_" }
    var names: [(token: String, name: String)] = []
    var scanner = BraceScanner(text)
    var insideString = false
    while scanner.advanceToBraces() {
      guard let (name, end) = Self.reference(scanner.inside) else {
        scanner.skip()
        continue
      }
      insideString = insideString != Self.togglesString(scanner.passed)
      let token = "\(prefix)\(names.count)_"
      names.append((token, name))
      scanner.replace(through: end, with: quoting && !insideString ? "\"\(token)\"" : token)
    }
    self.text = scanner.result
    self.names = names
  }

  /// The value with every token exchanged for what it stands for in `bases`, or, in a file that
  /// has none, for the text of the reference.
  func resolve(
    _ value: Config, in bases: Config?, file: String
  ) throws(ConfigFileError) -> Config {
    guard !names.isEmpty else { return value }
    switch value {
    case .string(let text):
      if let (_, name) = names.first(where: { $0.token == text }) {
        return try Self.lookUp(name, in: bases, file: file)
      }
      return .string(try replaceTokens(in: text, bases: bases, file: file))
    case .list(let items):
      return .list(try resolve(items, in: bases, file: file))
    case .tuple(let items):
      return .tuple(try resolve(items, in: bases, file: file))
    case .dict(let entries):
      var result: OrderedDictionary<Config.Key, Config> = [:]
      for (key, entry) in entries {
        var key = key
        if case .string(let text) = key {
          key = .string(try replaceTokens(in: text, bases: bases, file: file))
        }
        result[key] = try resolve(entry, in: bases, file: file)
      }
      return .dict(result)
    default:
      return value
    }
  }

  private func resolve(
    _ items: [Config], in bases: Config?, file: String
  ) throws(ConfigFileError) -> [Config] {
    var result: [Config] = []
    for item in items { result.append(try resolve(item, in: bases, file: file)) }
    return result
  }

  private func replaceTokens(
    in text: String, bases: Config?, file: String
  ) throws(ConfigFileError) -> String {
    var text = text
    for (token, name) in names {
      guard let range = text.firstRange(of: token) else { continue }
      let value = try Self.lookUp(name, in: bases, file: file)
      text.replaceSubrange(range, with: value.text ?? PythonPrinter.line(value))
    }
    return text
  }

  private static func lookUp(
    _ name: String, in bases: Config?, file: String
  ) throws(ConfigFileError) -> Config {
    guard let bases else { return .string("{{ _base_.\(name) }}") }
    guard let value = bases[path: name] else { throw .missingBaseValue(file: file, name: name) }
    return value
  }

  private static func reference(
    _ start: BraceScanner.Cursor
  ) -> (name: String, end: Int)? {
    var cursor = start
    cursor.skipSpaces()
    guard let word = cursor.word(also: UInt8(ascii: ".")), word.hasPrefix("_base_.") else {
      return nil
    }
    cursor.skipSpaces()
    return cursor.closingBraces().map { (String(word.dropFirst("_base_.".count)), $0) }
  }

  /// Whether reading `bytes` of JSON takes one from outside a string into it, or out of one.
  private static func togglesString(_ bytes: ArraySlice<UInt8>) -> Bool {
    var toggles = false
    var escaped = false
    for byte in bytes {
      if escaped {
        escaped = false
      } else if byte == UInt8(ascii: "\\") {
        escaped = true
      } else if byte == UInt8(ascii: "\"") {
        toggles.toggle()
      }
    }
    return toggles
  }
}
