/// The notation of values on the command line, as in mmcv's `DictAction`.
///
/// `8` and `1e-3` are numbers, `true` and `None` what they say, `[1,2]`, `(1,2)` and `1,2` a list,
/// a tuple and again a list, of any depth; everything else is a string. Spaces are dropped, and so
/// are quotes around a value.
enum OverrideValue {
  struct Failure: Error {
    let reason: String
  }

  static func parse(_ text: some StringProtocol) throws(Failure) -> Config {
    try value(Array(text.unicodeScalars)[...], depth: 0)
  }

  private static func value(
    _ raw: ArraySlice<Unicode.Scalar>, depth: Int
  ) throws(Failure) -> Config {
    guard depth < Config.maximumDepth else { throw Failure(reason: "nested too deeply") }
    let text = withoutQuotesAndSpaces(raw)
    guard let first = text.first, let last = text.last else { return .string("") }
    let isTuple = first == "(" && last == ")"
    let isBracketed = isTuple || (first == "[" && last == "]")
    if isBracketed, isEnclosed(text) {
      let items = try items(of: text.dropFirst().dropLast(), depth: depth)
      return isTuple ? .tuple(items) : .list(items)
    }
    if text.contains(",") { return .list(try items(of: text, depth: depth)) }
    if isBracketed { try checkBrackets(of: text) }
    return scalar(text)
  }

  /// Values between the commas that are outside of brackets; a comma at the end adds nothing.
  private static func items(
    of text: ArraySlice<Unicode.Scalar>, depth: Int
  ) throws(Failure) -> [Config] {
    var items: [Config] = []
    var start = text.startIndex
    var brackets = Brackets()
    for index in text.indices {
      brackets.pass(text[index])
      if text[index] == ",", brackets.areClosed {
        items.append(try value(text[start..<index], depth: depth + 1))
        start = index + 1
      }
    }
    try checkBrackets(of: text)
    if start < text.endIndex {
      items.append(try value(text[start...], depth: depth + 1))
    }
    return items
  }

  private static func checkBrackets(of text: ArraySlice<Unicode.Scalar>) throws(Failure) {
    var brackets = Brackets()
    for scalar in text { brackets.pass(scalar) }
    guard brackets.areClosed else {
      let part = String(String.UnicodeScalarView(text))
      throw Failure(reason: "the brackets of '\(part)' do not match")
    }
  }

  /// Whether the bracket that begins the text is closed by the one that ends it, and not before.
  private static func isEnclosed(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    var brackets = Brackets()
    for scalar in text.dropLast() {
      brackets.pass(scalar)
      if brackets.areClosed { return false }
    }
    return true
  }

  private static func scalar(_ text: ArraySlice<Unicode.Scalar>) -> Config {
    let word = String(String.UnicodeScalarView(text))
    if let number = PythonNumber.integer(word) ?? PythonNumber.float(word) { return number }
    switch word.lowercased() {
    case "true": return true
    case "false": return false
    default: return word == "None" ? .none : .string(word)
    }
  }

  private static func withoutQuotesAndSpaces(
    _ text: ArraySlice<Unicode.Scalar>
  ) -> ArraySlice<Unicode.Scalar> {
    var text = text
    while let first = text.first, first == "'" || first == "\"" { text.removeFirst() }
    while let last = text.last, last == "'" || last == "\"" { text.removeLast() }
    return text.contains(" ") ? text.filter { $0 != " " }[...] : text
  }

  /// How many brackets of each kind are open.
  private struct Brackets {
    private var round = 0
    private var square = 0

    var areClosed: Bool { round == 0 && square == 0 }

    mutating func pass(_ scalar: Unicode.Scalar) {
      switch scalar {
      case "(": round += 1
      case ")": round -= 1
      case "[": square += 1
      case "]": square -= 1
      default: break
      }
    }
  }
}
