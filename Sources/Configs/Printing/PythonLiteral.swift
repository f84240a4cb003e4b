/// Python's notation of single values.
enum PythonLiteral {
  /// The text as `repr` prints it: in single quotes unless it has some and no double ones.
  static func string(_ text: String) -> String {
    let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\":
        result.append("\\")
        result.append(scalar)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      default:
        if isPrintable(scalar) {
          result.append(scalar)
        } else {
          result.append(contentsOf: escape(scalar).unicodeScalars)
        }
      }
    }
    result.append(quote)
    return String(result)
  }

  /// The number as `repr` prints it; `nan` and the infinities by their names.
  static func float(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let (digits, point) = decimalDigits(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    // Python changes to an exponent below 1e-4 and from 1e16 on.
    guard (-3...16).contains(point) else {
      let tail = digits.dropFirst()
      let exponent = point - 1
      let padding = abs(exponent) < 10 ? "0" : ""
      return sign + digits.prefix(1) + (tail.isEmpty ? "" : ".\(tail)")
        + "e\(exponent < 0 ? "-" : "+")\(padding)\(abs(exponent))"
    }
    if point <= 0 {
      return sign + "0." + String(repeating: "0", count: -point) + digits
    }
    let whole = digits.prefix(point)
    let zeros = String(repeating: "0", count: point - whole.count)
    let fraction = digits.dropFirst(point)
    return sign + whole + zeros + "." + (fraction.isEmpty ? "0" : fraction)
  }

  /// The shortest digits that name the value, and the place of the point relative to their start.
  private static func decimalDigits(_ value: Double) -> (digits: String, point: Int) {
    let text = "\(value)"
    let parts = text.split(separator: "e")
    let mantissa = parts.first ?? "0"
    var point = mantissa.prefix { $0 != "." }.count
    if parts.count > 1, let exponent = Int(parts[1].drop { $0 == "+" }) { point += exponent }
    let digits = mantissa.filter { $0 != "." }
    let leading = digits.prefix { $0 == "0" }.count
    guard leading < digits.count else { return ("0", 1) }
    var significant = digits.dropFirst(leading)
    while significant.last == "0", significant.count > 1 { significant.removeLast() }
    return (String(significant), point - leading)
  }

  /// A name that can be an argument's or a variable's.
  static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, !keywords.contains(text) else { return false }
    return (first == "_" || first.isASCIILetter)
      && text.unicodeScalars.allSatisfy { $0 == "_" || $0.isASCIILetter || $0.isASCIIDigit }
  }

  private static let keywords: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
    "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
    "try", "while", "with", "yield", "__debug__",
  ]

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let code = String(scalar.value, radix: 16)
    func padded(_ width: Int) -> String {
      String(repeating: "0", count: width - code.count) + code
    }
    return switch scalar.value {
    case ..<0x100: "\\x" + padded(2)
    case ..<0x10000: "\\u" + padded(4)
    default: "\\U" + padded(8)
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isASCIILetter: Bool { isASCII && properties.isAlphabetic }
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
