import OrderedCollections

/// Prints a config as Python text that evaluates back to the same values.
///
/// One assignment for each top-level key. What does not fit into 79 columns goes over several
/// lines, a key on each; what has no Python notation (a class, a function) is printed as a string
/// that holds its `repr`.
public struct PythonPrinter {
  /// The text of a whole config: assignments for a dictionary, an expression for another value.
  public static func print(_ config: Config) -> String {
    guard let entries = config.dictionary else { return line(config) + "\n" }
    let names = entries.keys.compactMap { key -> String? in
      if case .string(let name) = key, PythonLiteral.isIdentifier(name) { name } else { nil }
    }
    // A key named like a builtin that the text uses would hide it from the lines below.
    let printer = PythonPrinter(
      canCall: !names.contains("dict"), canName: !names.contains("float"))
    guard names.count == entries.count, canAssign(names) else {
      return printer.call("globals().update", config)
    }
    var text = ""
    for (key, value) in entries {
      text += key.text + " = "
      printer.write(value, indent: 0, column: key.text.count + 3, trailing: 0, to: &text)
      text += "\n"
    }
    return text
  }

  /// The value on one line.
  public static func line(_ value: Config) -> String {
    PythonPrinter(canCall: true, canName: true).flat(value)
  }

  static let width = 79
  private static let step = 4

  /// Whether `dict(…)` can be written.
  private let canCall: Bool
  /// Whether `float('inf')` can be written.
  private let canName: Bool

  private static func canAssign(_ names: [String]) -> Bool {
    // Names with two leading underscores do not become keys.
    !names.contains { $0.hasPrefix("__") }
  }

  private func call(_ function: String, _ value: Config) -> String {
    var text = function + "("
    PythonPrinter(canCall: false, canName: canName)
      .write(value, indent: 0, column: text.count, trailing: 1, to: &text)
    return text + ")\n"
  }

  /// - Parameters:
  ///   - indent: the indentation of the line that the value begins on.
  ///   - column: where the value begins.
  ///   - trailing: how many characters follow the value on its last line.
  private func write(
    _ value: Config, indent: Int, column: Int, trailing: Int, to text: inout String
  ) {
    if let flat = flat(value, limit: Self.width - column - trailing) {
      text += flat
      return
    }
    switch value {
    case .dict(let entries):
      let isCall = canCall && Self.areNames(entries.keys)
      text += isCall ? "dict(" : "{"
      writeLines(entries.count, indent: indent, to: &text) { index, text in
        let (key, item) = entries.elements[index]
        let prefix = isCall ? key.text + "=" : self.key(key) + ": "
        text += prefix
        let isLast = index == entries.count - 1
        write(
          item, indent: indent + Self.step, column: indent + Self.step + prefix.count,
          trailing: isLast ? 1 + trailing : 1, to: &text)
      }
      text += isCall ? ")" : "}"
    case .list(let items):
      text += "["
      writeItems(items, indent: indent, to: &text)
      text += "\n" + String(repeating: " ", count: indent) + "]"
    case .tuple(let items):
      text += "("
      writeItems(items, indent: indent, to: &text)
      if items.count == 1 { text += "," }
      text += "\n" + String(repeating: " ", count: indent) + ")"
    default:
      text += flat(value)
    }
  }

  private func writeItems(_ items: [Config], indent: Int, to text: inout String) {
    guard items.contains(where: \.isContainer) else {
      return fill(items, indent: indent + Self.step, to: &text)
    }
    writeLines(items.count, indent: indent, to: &text) { index, text in
      write(
        items[index], indent: indent + Self.step, column: indent + Self.step, trailing: 1,
        to: &text)
    }
  }

  private func writeLines(
    _ count: Int, indent: Int, to text: inout String, line: (Int, inout String) -> Void
  ) {
    let margin = "\n" + String(repeating: " ", count: indent + Self.step)
    for index in 0..<count {
      text += margin
      line(index, &text)
      if index < count - 1 { text += "," }
    }
  }

  /// Scalars, as many on a line as fit.
  private func fill(_ items: [Config], indent: Int, to text: inout String) {
    let margin = "\n" + String(repeating: " ", count: indent)
    var column = Self.width
    for (index, item) in items.enumerated() {
      let word = flat(item) + (index < items.count - 1 ? "," : "")
      if index > 0, column + 1 + word.count <= Self.width {
        text += " " + word
        column += 1 + word.count
      } else {
        text += margin + word
        column = indent + word.count
      }
    }
  }

  private static func areNames(_ keys: some Sequence<Config.Key>) -> Bool {
    keys.allSatisfy { key in
      if case .string(let name) = key { PythonLiteral.isIdentifier(name) } else { false }
    }
  }
}

extension PythonPrinter {
  /// The value on one line, or `nil` if that takes more than `limit` characters.
  private func flat(_ value: Config, limit: Int) -> String? {
    // Containers with many values cannot fit; printing them only to see that takes time.
    if value.isContainer, value.leastWidth(upTo: limit) > limit { return nil }
    let text = flat(value)
    return text.count <= limit || !value.isContainer ? text : nil
  }

  private func flat(_ value: Config) -> String {
    switch value {
    case .none: return "None"
    case .bool(let flag): return flag ? "True" : "False"
    case .int(let number): return String(number)
    case .bigInt(let digits): return digits
    case .float(let number): return float(number)
    case .string(let text): return PythonLiteral.string(text)
    case .list(let items): return "[" + items.map(flat).joined(separator: ", ") + "]"
    case .tuple(let items):
      let text = items.map(flat).joined(separator: ", ")
      return items.count == 1 ? "(\(text),)" : "(\(text))"
    case .dict(let entries):
      guard canCall, Self.areNames(entries.keys) else {
        return "{" + entries.map { "\(key($0)): \(flat($1))" }.joined(separator: ", ") + "}"
      }
      return "dict(" + entries.map { "\($0.text)=\(flat($1))" }.joined(separator: ", ") + ")"
    case .opaque(let representation): return opaque(representation)
    }
  }

  private func float(_ value: Double) -> String {
    let text = PythonLiteral.float(value)
    if value.isFinite { return text }
    if canName { return "float('\(text)')" }
    return value.isNaN ? "(1e999 - 1e999)" : value < 0 ? "-1e999" : "1e999"
  }

  private func key(_ key: Config.Key) -> String {
    switch key {
    case .string(let text): PythonLiteral.string(text)
    case .int(let number): String(number)
    case .other(let representation): opaque(representation)
    }
  }

  /// A `repr` that is an expression of builtins stays one; others become text.
  private func opaque(_ representation: String) -> String {
    if representation.hasPrefix("datetime.") {
      // The text has no imports; a date from YAML is still to be a date again.
      return representation.replacing("datetime.", with: "__import__('datetime').")
    }
    let expressions = ["{", "b'", "b\"", "'", "\"", "(", "0x", "range(", "slice(", "Ellipsis"]
    let isExpression =
      expressions.contains { representation.hasPrefix($0) }
      || ["True", "False", "None"].contains(representation)
      || PythonNumber.float(representation) != nil
    return isExpression && !representation.contains("<")
      ? representation : PythonLiteral.string(representation)
  }
}

extension Config {
  fileprivate var isContainer: Bool {
    switch self {
    case .list, .tuple, .dict: true
    default: false
    }
  }

  /// A lower bound of the printed width, counted only until it exceeds `limit`.
  fileprivate func leastWidth(upTo limit: Int) -> Int {
    var width = 2
    func add(_ items: some Sequence<Config>) {
      for item in items {
        width += item.leastWidth(upTo: limit - width) + 2
        if width > limit { return }
      }
      width -= 2
    }
    switch self {
    case .list(let items), .tuple(let items): if !items.isEmpty { add(items) }
    case .dict(let entries): if !entries.isEmpty { add(entries.values) }
    case .string(let text): width += text.utf8.isEmpty ? 0 : 1
    default: width = 1
    }
    return width
  }
}
