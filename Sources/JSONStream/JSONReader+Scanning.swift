#if canImport(Glibc)
  internal import Glibc
#endif

// The small pieces: space, words, strings and numbers.

extension JSONReader {
  /// The next byte; `nil` at the end.
  var byte: UInt8? { position < end ? bytes[position] : nil }

  @inline(__always)
  mutating func skipSpace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  mutating func readWord(_ word: StaticString) throws(JSONError) {
    let count = word.utf8CodeUnitCount
    guard end - position >= count, memcmp(bytes + position, word.utf8Start, count) == 0 else {
      throw failure(.unexpected(found: byte, expected: word.description))
    }
    position += count
  }

  /// Goes behind a string.
  ///
  /// - Returns: where its content lies.
  mutating func scanString() throws(JSONError) -> (range: Range<Int>, hasEscapes: Bool) {
    let start = position + 1
    var place = start
    var hasEscapes = false
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        position = place + 1
        return (start..<place, hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        place += 2
      case 0..<0x20:
        position = place
        throw failure(.invalidText)
      default: place += 1
      }
    }
    position = end
    throw failure(.unexpected(found: nil, expected: "the end of a string"))
  }

  // MARK: - Numbers

  static func startsNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "N"),
      UInt8(ascii: "I"):
      true
    default: false
    }
  }

  /// Goes behind a number.
  mutating func scanNumber() throws(JSONError) -> ScannedNumber {
    let start = position
    var number = ScannedNumber()
    if bytes[position] == UInt8(ascii: "-") {
      number.isNegative = true
      position += 1
    }
    if let word = try scanNumberWord() {
      number.exact = number.isNegative ? -word : word
      number.isWhole = false
      return number
    }
    let first = position
    scanDigits(into: &number)
    let digits = position - first
    guard digits > 0, digits == 1 || bytes[first] != UInt8(ascii: "0") else {
      position = first
      throw failure(.invalidNumber)
    }
    if byte == UInt8(ascii: ".") {
      number.isWhole = false
      position += 1
      let point = position
      scanDigits(into: &number)
      guard position > point else { throw failure(.invalidNumber) }
      number.exponent -= position - point
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      number.isWhole = false
      number.exponent += try scanExponent()
    }
    if !number.isExactByProduct { number.exact = slowValue(start..<position) }
    return number
  }

  @inline(__always)
  private mutating func scanDigits(into number: inout ScannedNumber) {
    var place = position
    var (digits, count) = (number.digits, number.digitCount)
    while place < end {
      let digit = bytes[place] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      digits = digits &* 10 &+ UInt64(digit)
      // Zeros in front do not count.
      if digits != 0 { count += 1 }
      place += 1
    }
    (number.digits, number.digitCount) = (digits, count)
    position = place
  }

  private mutating func scanExponent() throws(JSONError) -> Int {
    position += 1
    let isNegative = byte == UInt8(ascii: "-")
    if isNegative || byte == UInt8(ascii: "+") { position += 1 }
    let first = position
    var exponent = 0
    while let digit = byte, (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= digit {
      if exponent < 100_000 { exponent = exponent * 10 + Int(digit - UInt8(ascii: "0")) }
      position += 1
    }
    guard position > first else { throw failure(.invalidNumber) }
    return isNegative ? -exponent : exponent
  }

  private mutating func scanNumberWord() throws(JSONError) -> Double? {
    switch byte {
    case UInt8(ascii: "N"):
      try readWord("NaN")
      return .nan
    case UInt8(ascii: "I"):
      try readWord("Infinity")
      return .infinity
    default: return nil
    }
  }

  /// The value of a number that the C library rounds.
  private func slowValue(_ range: Range<Int>) -> Double {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: range.count + 1) { copy in
      for (place, source) in range.enumerated() { copy[place] = CChar(bitPattern: bytes[source]) }
      copy[range.count] = 0
      guard let start = copy.baseAddress else { return .nan }
      return strtod(start, nil)
    }
  }

  /// Goes behind a number of few digits without an exponent, as most are; `nil`, and nowhere, for
  /// another one.
  @inline(__always)
  mutating func scanShortNumber() -> Double? {
    var place = position
    let isNegative = bytes[place] == UInt8(ascii: "-")
    if isNegative { place += 1 }
    let first = place
    var point = -1
    var digits: UInt64 = 0
    while place < end {
      let digit = bytes[place] &- UInt8(ascii: "0")
      if digit < 10 {
        digits = digits &* 10 &+ UInt64(digit)
      } else if bytes[place] == UInt8(ascii: "."), point < 0 {
        point = place
      } else {
        break
      }
      place += 1
    }
    let count = place - first
    guard (1...15).contains(count), place < end, bytes[place] | 0x20 != UInt8(ascii: "e") else {
      return nil
    }
    // At the point there must be digits on both sides, and no zero may stand in front of others.
    let whole = point < 0 ? count : point - first
    guard whole > 0, point != place - 1, whole == 1 || bytes[first] != UInt8(ascii: "0") else {
      return nil
    }
    position = place
    let magnitude =
      point < 0 ? Double(digits) : Double(digits) / ScannedNumber.powers[place - 1 - point]
    return isNegative ? -magnitude : magnitude
  }

  // MARK: - Errors

  func failure(_ problem: JSONError.Problem) -> JSONError {
    var line = 1
    var lineStart = 0
    for place in 0..<position where bytes[place] == 0x0A {
      line += 1
      lineStart = place + 1
    }
    return JSONError(
      problem: problem, offset: position, line: line, column: position - lineStart + 1)
  }

  /// A value of another kind than was asked for, or none at all.
  mutating func mismatch(_ expected: JSONKind) throws(JSONError) -> JSONError {
    failure(.wrongKind(found: try peek(), expected: expected))
  }
}

/// A number as it was written.
struct ScannedNumber {
  var isNegative = false
  var isWhole = true
  /// Meaningless where there are more than fit.
  var digits: UInt64 = 0
  var digitCount = 0
  /// The exponent of 10, beside the digits.
  var exponent = 0
  /// The value, where it is not digits and exponent that say it.
  var exact: Double?

  /// Whether digits and the power of ten are exact in double precision, so that one operation rounds
  /// correctly.
  var isExactByProduct: Bool {
    digitCount <= 19 && digits <= 1 << 53 && (-22...22).contains(exponent)
  }

  var value: Double {
    if let exact { return exact }
    let magnitude = Double(digits)
    let value =
      exponent < 0 ? magnitude / Self.powers[-exponent] : magnitude * Self.powers[exponent]
    return isNegative ? -value : value
  }

  /// `nil` where it does not fit.
  var whole: Int? {
    guard digitCount <= 19 else { return nil }
    if isNegative { return digits <= 1 << 63 ? Int(truncatingIfNeeded: 0 &- digits) : nil }
    return Int(exactly: digits)
  }

  static let powers: [Double] = (0...22).map { power in
    (0..<power).reduce(1.0) { value, _ in value * 10 }
  }
}

/// The text of a string with escapes; `nil` where one is wrong. Half a pair of surrogates becomes the
/// replacement character.
func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
  var units: [UInt8] = []
  units.reserveCapacity(bytes.count)
  var place = 0
  func hexadecimal(_ start: Int) -> UInt32? {
    guard start + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[start..<start + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 128 else {
        return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
  while place < bytes.count {
    guard bytes[place] == UInt8(ascii: "\\") else {
      units.append(bytes[place])
      place += 1
      continue
    }
    guard place + 1 < bytes.count else { return nil }
    let escape = bytes[place + 1]
    place += 2
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(escape)
    case UInt8(ascii: "b"): units.append(8)
    case UInt8(ascii: "f"): units.append(12)
    case UInt8(ascii: "n"): units.append(10)
    case UInt8(ascii: "r"): units.append(13)
    case UInt8(ascii: "t"): units.append(9)
    case UInt8(ascii: "u"):
      guard var scalar = hexadecimal(place) else { return nil }
      place += 4
      if scalar & 0xFC00 == 0xD800, place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"),
        bytes[place + 1] == UInt8(ascii: "u"), let low = hexadecimal(place + 2),
        low & 0xFC00 == 0xDC00
      {
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
        place += 6
      }
      units += Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    default: return nil
    }
  }
  return String(validating: units, as: UTF8.self)
}
