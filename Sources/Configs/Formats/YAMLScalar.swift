/// What a plain YAML 1.1 scalar means to PyYAML.
///
/// Differs from YAML 1.2 where it shows: `yes` is true, `010` is eight, `1:30` is ninety, and
/// `1e-3` is a string because a float needs a dot.
enum YAMLScalar {
  static func resolve(_ text: String) -> Config {
    if ["", "~", "null", "Null", "NULL"].contains(text) { return .none }
    if let value = boolean(text) { return .bool(value) }
    if let value = integer(text) ?? float(text) { return value }
    return YAMLTimestamp.representation(text).map { .opaque(representation: $0) } ?? .string(text)
  }

  static func boolean(_ text: String) -> Bool? {
    switch text {
    case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": true
    case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": false
    default: nil
    }
  }

  static func integer(_ text: String) -> Config? {
    let (isNegative, signless) = signAndBody(text)
    guard signless.first?.isASCIIDigit == true else { return nil }
    let body = signless.filter { $0 != "_" }
    if body == "0" { return 0 }
    if body.hasPrefix("0b") {
      return PythonNumber.integer(body.dropFirst(2), radix: 2, isNegative: isNegative)
    }
    if body.hasPrefix("0x") {
      return PythonNumber.integer(body.dropFirst(2), radix: 16, isNegative: isNegative)
    }
    if signless.contains(":") {
      guard signless.first != "0", let value = sexagesimal(body, fraction: false) else {
        return nil
      }
      return .int(Int(isNegative ? -value : value))
    }
    if body.hasPrefix("0") {
      return PythonNumber.integer(body.dropFirst(), radix: 8, isNegative: isNegative)
    }
    return PythonNumber.decimal(body, isNegative: isNegative)
  }

  static func float(_ text: String) -> Config? {
    let (isNegative, signless) = signAndBody(text)
    func signed(_ magnitude: Double) -> Config { .float(isNegative ? -magnitude : magnitude) }
    switch signless {
    case ".inf", ".Inf", ".INF": return signed(.infinity)
    case ".nan", ".NaN", ".NAN": return text == signless ? .float(.nan) : nil
    default: break
    }
    guard let dot = signless.firstIndex(of: ".") else { return nil }
    let whole = signless[..<dot]
    if whole.isEmpty {
      // `.5` is a float, `-.5` is not.
      guard text == signless, signless.dropFirst().first?.isASCIIDigit == true else { return nil }
    } else if whole.first?.isASCIIDigit != true {
      return nil
    }
    let body = signless.filter { $0 != "_" }
    if whole.contains(":") {
      return sexagesimal(body, fraction: true).map(signed)
    }
    // An exponent needs its sign here, unlike in Python.
    if let mark = body.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      let exponent = body[body.index(after: mark)...]
      guard let sign = exponent.first, sign == "+" || sign == "-" else { return nil }
    }
    guard case .float(let value)? = PythonNumber.float(body) else { return nil }
    return signed(value)
  }

  private static func signAndBody(_ text: String) -> (isNegative: Bool, body: String) {
    guard let sign = text.first, sign == "-" || sign == "+" else { return (false, text) }
    return (sign == "-", String(text.dropFirst()))
  }

  /// Groups of base 60: `1:30` is 90. All groups but the first are below 60.
  private static func sexagesimal(_ text: String, fraction: Bool) -> Double? {
    var value = 0.0
    for (index, part) in text.split(separator: ":", omittingEmptySubsequences: false).enumerated() {
      let whole = fraction ? part.prefix { $0 != "." } : part
      guard isDigits(whole), index == 0 || whole.count <= 2, let number = Double(part),
        index == 0 || number < 60
      else { return nil }
      value = value * 60 + number
    }
    return value < 9e15 ? value : nil
  }

  private static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.allSatisfy(\.isASCIIDigit)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
