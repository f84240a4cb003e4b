import OrderedCollections

/// Prints a config as JSON, two spaces for each level, with Python's `NaN` and `Infinity`.
///
/// JSON has fewer kinds of value than Python: tuples become arrays, keys become strings, and what
/// has no tree form becomes a string with its `repr`.
public enum JSONPrinter {
  /// The text of the config, with a line end.
  public static func print(_ config: Config) -> String {
    var text = ""
    write(config, margin: "\n", to: &text)
    return text + "\n"
  }

  private static func write(_ value: Config, margin: String, to text: inout String) {
    switch value {
    case .none: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .int(let number): text += String(number)
    case .bigInt(let digits): text += digits
    case .float(let number): text += float(number)
    case .string(let string): text += quoted(string)
    case .opaque(let representation): text += quoted(representation)
    case .list(let items), .tuple(let items):
      writeLines(items, brackets: ("[", "]"), margin: margin, to: &text) { item, text in
        write(item, margin: margin + "  ", to: &text)
      }
    case .dict(let entries):
      writeLines(entries.elements, brackets: ("{", "}"), margin: margin, to: &text) {
        entry, text in
        text += quoted(entry.key.text) + ": "
        write(entry.value, margin: margin + "  ", to: &text)
      }
    }
  }

  private static func writeLines<Item>(
    _ items: some Collection<Item>, brackets: (String, String), margin: String,
    to text: inout String, line: (Item, inout String) -> Void
  ) {
    text += brackets.0
    var separator = ""
    for item in items {
      text += separator + margin + "  "
      line(item, &text)
      separator = ","
    }
    text += (items.isEmpty ? "" : margin) + brackets.1
  }

  private static func float(_ value: Double) -> String {
    if value.isFinite { return PythonLiteral.float(value) }
    return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
  }

  /// The text in double quotes; also what YAML takes as a double-quoted scalar.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case ..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
        let code = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
