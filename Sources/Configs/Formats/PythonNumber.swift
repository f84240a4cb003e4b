/// Numbers in the notation of Python's `int()` and `float()`.
enum PythonNumber {
  /// The integer that `int(text)` gives: surrounding space, a sign, digits of any script, single
  /// underscores between digits.
  static func integer(_ text: some StringProtocol) -> Config? {
    let (isNegative, body) = signAndBody(asciiDigits(text))
    guard let digits = joined(body) else { return nil }
    return decimal(digits, isNegative: isNegative)
  }

  /// The float that `float(text)` gives, `inf` and `nan` included.
  static func float(_ text: some StringProtocol) -> Config? {
    let (isNegative, body) = signAndBody(asciiDigits(text))
    let magnitude: Double
    switch body.lowercased() {
    case "inf", "infinity": magnitude = .infinity
    case "nan": magnitude = .nan
    default:
      guard let value = unsignedFloat(body) else { return nil }
      magnitude = value
    }
    return .float(isNegative ? -magnitude : magnitude)
  }

  /// An integer from ASCII digits (no sign, no underscores).
  static func decimal(_ digits: some StringProtocol, isNegative: Bool) -> Config? {
    guard !digits.isEmpty, digits.utf8.allSatisfy(isDigit) else { return nil }
    let significant = digits.drop { $0 == "0" }
    let text = (isNegative ? "-" : "") + (significant.isEmpty ? "0" : String(significant))
    return Int(text).map { .int($0) } ?? .bigInt(text)
  }

  /// An integer from digits of another base (no sign, no underscores).
  static func integer(_ digits: some StringProtocol, radix: Int, isNegative: Bool) -> Config? {
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
    if let value = Int((isNegative ? "-" : "") + digits, radix: radix) { return .int(value) }
    // Decimal digits, the lowest first.
    var number: [UInt8] = [0]
    for digit in digits {
      guard let value = digit.hexDigitValue, value < radix else { return nil }
      var carry = value
      for index in number.indices {
        carry += Int(number[index]) * radix
        number[index] = UInt8(carry % 10)
        carry /= 10
      }
      while carry > 0 {
        number.append(UInt8(carry % 10))
        carry /= 10
      }
    }
    return decimal(number.reversed().map(String.init).joined(), isNegative: isNegative)
  }

  private static func unsignedFloat(_ body: String) -> Double? {
    var mantissa = body[...]
    var exponent = ""
    if let mark = body.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      mantissa = body[..<mark]
      let rest = String(body[body.index(after: mark)...])
      let signed = rest.hasPrefix("-") || rest.hasPrefix("+") ? String(rest.dropFirst()) : rest
      guard let digits = joined(signed) else { return nil }
      exponent = "e" + (rest.hasPrefix("-") ? "-" : "") + digits
    }
    var parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)[...]
    guard parts.count <= 2, let whole = parts.popFirst() else { return nil }
    let fraction = parts.first ?? ""
    guard !(whole.isEmpty && fraction.isEmpty) else { return nil }
    guard let wholeDigits = whole.isEmpty ? "0" : joined(whole),
      let fractionDigits = fraction.isEmpty ? "0" : joined(fraction)
    else { return nil }
    return Double("\(wholeDigits).\(fractionDigits)\(exponent)")
  }

  private static func signAndBody(_ text: String) -> (isNegative: Bool, body: String) {
    guard let sign = text.first, sign == "-" || sign == "+" else { return (false, text) }
    return (sign == "-", String(text.dropFirst()))
  }

  /// Digits without their underscores; `nil` unless each underscore is between two digits.
  private static func joined(_ text: some StringProtocol) -> String? {
    var result: [UInt8] = []
    var afterDigit = false
    for byte in text.utf8 {
      if isDigit(byte) {
        result.append(byte)
        afterDigit = true
      } else if byte == UInt8(ascii: "_"), afterDigit {
        afterDigit = false
      } else {
        return nil
      }
    }
    return afterDigit ? String(decoding: result, as: UTF8.self) : nil
  }

  /// The text without surrounding space and with the digits of any script as ASCII ones.
  private static func asciiDigits(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if !scalar.isASCII, scalar.properties.numericType == .decimal,
        let value = scalar.properties.numericValue,
        let digit = Unicode.Scalar(UInt32(0x30 + value))
      {
        result.append(digit)
      } else {
        result.append(scalar)
      }
    }
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    let start = result.firstIndex { !isSpace($0) } ?? result.endIndex
    let tail = result[start...]
    let end = tail.lastIndex { !isSpace($0) }.map { tail.index(after: $0) } ?? start
    return String(result[start..<end])
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
