import OrderedCollections

/// Reads JSON as Python's `json` does: order kept, the last of equal keys wins, integers of any
/// size, `NaN` and `Infinity` accepted.
public struct JSONParser {
  private let source: ConfigSource
  private let bytes: [UInt8]
  private var position = 0

  /// Reads a text that stands for itself, without predefined variables or bases.
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
    var parser = JSONParser(source: source, bytes: Array(text.utf8))
    let value = try parser.value(depth: 0)
    parser.skipSpaces()
    guard parser.current == nil else { throw parser.failure("extra data after the value") }
    return value
  }

  private init(source: ConfigSource, bytes: [UInt8]) {
    self.source = source
    self.bytes = bytes
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func failure(_ message: String) -> ConfigFileError {
    let before = bytes[..<min(position, bytes.count)]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    return .syntax(
      file: source.file, line: line, column: column, message: message,
      excerpt: source.line(line))
  }

  private mutating func skipSpaces() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(ConfigFileError) -> Config {
    skipSpaces()
    guard depth < Config.maximumDepth else { throw failure("nested too deeply") }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
    default: return try word()
    }
  }

  private mutating func object(depth: Int) throws(ConfigFileError) -> Config {
    position += 1
    var entries: OrderedDictionary<Config.Key, Config> = [:]
    skipSpaces()
    if skip("}") { return .dict(entries) }
    repeat {
      skipSpaces()
      guard current == UInt8(ascii: "\"") else {
        throw failure("expected a key in double quotes")
      }
      let key = Config.Key.string(try string())
      skipSpaces()
      guard skip(":") else { throw failure("expected ':'") }
      entries[key] = try value(depth: depth + 1)
      skipSpaces()
    } while skip(",")
    guard skip("}") else { throw failure("expected ',' or '}'") }
    return .dict(entries)
  }

  private mutating func array(depth: Int) throws(ConfigFileError) -> Config {
    position += 1
    var items: [Config] = []
    skipSpaces()
    if skip("]") { return .list(items) }
    repeat {
      items.append(try value(depth: depth + 1))
      skipSpaces()
    } while skip(",")
    guard skip("]") else { throw failure("expected ',' or ']'") }
    return .list(items)
  }

  private mutating func word() throws(ConfigFileError) -> Config {
    let start = position
    while let byte = current, byte.isLetter { position += 1 }
    switch String(decoding: bytes[start..<position], as: UTF8.self) {
    case "null": return .none
    case "true": return true
    case "false": return false
    case "NaN": return .float(.nan)
    case "Infinity": return .float(.infinity)
    default:
      position = start
      throw failure(current == nil ? "the text ends too early" : "expected a value")
    }
  }

  private mutating func number() throws(ConfigFileError) -> Config {
    let start = position
    let isNegative = skip("-")
    if isNegative, current == UInt8(ascii: "I") {
      if case .float(.infinity) = try word() { return .float(-.infinity) }
    }
    let digits = position
    try skipDigits()
    if bytes[digits] == UInt8(ascii: "0"), position > digits + 1 {
      position = digits + 1
    }
    let endOfDigits = position
    if skip(".") { try skipDigits() }
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      try skipDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let number =
      position == endOfDigits ? PythonNumber.integer(text) : PythonNumber.float(text)
    guard let number else { throw failure("expected a number") }
    return number
  }

  private mutating func skipDigits() throws(ConfigFileError) {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    if position == start { throw failure("expected a digit") }
  }

  private mutating func string() throws(ConfigFileError) -> String {
    position += 1
    var result: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        result.append(contentsOf: try escape())
      case ..<0x20:
        throw failure("a string cannot hold a control character; write it as \\u00XX")
      default:
        result.append(byte)
        position += 1
      }
    }
    throw failure("a string is not closed")
  }

  private mutating func escape() throws(ConfigFileError) -> [UInt8] {
    guard let byte = current else { throw failure("a string is not closed") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), skip("\\"), skip("u") {
        let low = try hexadecimal()
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw failure("half of a surrogate pair is not a character")
      }
      return Array(String(Character(scalar)).utf8)
    default:
      position -= 1
      throw failure("unknown escape")
    }
  }

  private mutating func hexadecimal() throws(ConfigFileError) -> UInt32 {
    let digits = bytes[min(position, bytes.count)..<min(position + 4, bytes.count)]
    guard digits.count == 4, digits.allSatisfy({ $0.isHexadecimalDigit }),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    position += 4
    return code
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }

  fileprivate var isHexadecimalDigit: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }
}
