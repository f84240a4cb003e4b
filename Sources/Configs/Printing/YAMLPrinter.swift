import OrderedCollections

/// Prints a config as YAML that reads back to the same values, here and with PyYAML.
///
/// Tuples carry the tag `!!python/tuple`, as mmcv writes them. What has no tree form becomes a
/// string with its `repr`.
public enum YAMLPrinter {
  /// The text of the config, with a line end.
  public static func print(_ config: Config) -> String {
    var text = ""
    write(config, depth: 0, after: .nothing, to: &text)
    return text + "\n"
  }

  /// What stands before a value on its line.
  private enum Position {
    case nothing
    case key
    case dash
  }

  private static func write(
    _ value: Config, depth: Int, after position: Position, to text: inout String
  ) {
    let space = position == .nothing ? "" : " "
    let margin = String(repeating: "  ", count: depth)
    switch value {
    case .list(let items) where !items.isEmpty, .tuple(let items) where !items.isEmpty:
      // A list may stand at the column of its key; a tagged or nested one starts a line.
      var startsLine = position == .nothing
      if case .tuple = value {
        text += space + "!!python/tuple"
        startsLine = false
      } else if position == .dash {
        text += " "
        startsLine = true
      }
      for (index, item) in items.enumerated() {
        text += (startsLine && index == 0 ? "" : "\n" + margin) + "-"
        write(item, depth: depth + 1, after: .dash, to: &text)
      }
    case .dict(let entries) where !entries.isEmpty:
      var startsLine = position != .key
      if position == .dash { text += " " }
      for (key, item) in entries {
        text += (startsLine ? "" : "\n" + margin) + self.key(key) + ":"
        startsLine = false
        write(item, depth: item.isNonemptyDict ? depth + 1 : depth, after: .key, to: &text)
      }
    default:
      text += space + flat(value)
    }
  }

  private static func flat(_ value: Config) -> String {
    switch value {
    case .none: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .int(let number): String(number)
    case .bigInt(let digits): digits
    case .float(let number): float(number)
    case .string(let text): string(text)
    case .opaque(let representation): string(representation)
    case .list: "[]"
    case .tuple: "!!python/tuple []"
    case .dict: "{}"
    }
  }

  private static func key(_ key: Config.Key) -> String {
    switch key {
    case .int(let number): String(number)
    case .string(let text), .other(let text): string(text)
    }
  }

  private static func float(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf" }
    let text = PythonLiteral.float(value)
    // Without a dot `1e-05` would be a string.
    guard let mark = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<mark] + ".0" + text[mark...]
  }

  /// The text plain if it then reads back as itself, else in double quotes.
  private static func string(_ text: String) -> String {
    let isPlain =
      text.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "/", ".", "+", " ", "(", ")", "=": true
        default: false
        }
      }
    guard isPlain, let first = text.unicodeScalars.first, first != " ", first != "-",
      first != "=", text.unicodeScalars.last != " ", !text.hasPrefix("..."),
      YAMLScalar.resolve(text) == .string(text), PythonNumber.float(text) == nil
    else { return JSONPrinter.quoted(text) }
    return text
  }
}

extension Config {
  fileprivate var isNonemptyDict: Bool {
    if case .dict(let entries) = self { !entries.isEmpty } else { false }
  }
}
