/// Walks over a text from one `{{` to the next and builds the text with some of them replaced.
struct BraceScanner {
  /// A position behind a `{{`, from where one reads on.
  struct Cursor {
    fileprivate let bytes: [UInt8]
    fileprivate var position: Int

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpaces() {
      while let byte = current, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    mutating func skip(_ byte: UInt8) -> Bool {
      guard current == byte else { return false }
      position += 1
      return true
    }

    /// Letters, digits, underscores, and `also`.
    mutating func word(also extra: UInt8? = nil) -> String? {
      let start = position
      while let byte = current, Self.isWordByte(byte) || byte == extra { position += 1 }
      guard position > start else { return nil }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The place behind `}}` if that is what comes next.
    func closingBraces() -> Int? {
      let brace = UInt8(ascii: "}")
      guard position + 1 < bytes.count, bytes[position] == brace, bytes[position + 1] == brace
      else { return nil }
      return position + 2
    }

    /// Text without spaces up to a closing quote (where one was opened) and `}}`.
    func unspacedText(quoted: Bool) -> (text: String, end: Int)? {
      var cursor = self
      while let byte = cursor.current {
        var tail = cursor
        tail.skipSpaces()
        if quoted, !tail.skip(UInt8(ascii: "'")) { _ = tail.skip(UInt8(ascii: "\"")) }
        if let end = tail.closingBraces() {
          return (String(decoding: bytes[position..<cursor.position], as: UTF8.self), end)
        }
        if byte == 0x20 || (0x09...0x0D).contains(byte) { return nil }
        cursor.position += 1
      }
      return nil
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
        true
      default: false
      }
    }
  }

  private let bytes: [UInt8]
  private var position = 0
  private var copied = 0
  private var output: [UInt8] = []

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// Moves to the next `{{`; false when there is none.
  mutating func advanceToBraces() -> Bool {
    let brace = UInt8(ascii: "{")
    while position + 1 < bytes.count {
      if bytes[position] == brace, bytes[position + 1] == brace { return true }
      position += 1
    }
    return false
  }

  /// The text passed over since the last replacement (or the beginning).
  var passed: ArraySlice<UInt8> { bytes[copied..<position] }

  /// The place behind the `{{` that was found.
  var inside: Cursor { Cursor(bytes: bytes, position: position + 2) }

  /// Leaves the `{{` as it is.
  mutating func skip() {
    position += 1
  }

  /// Puts `text` in place of everything from the `{{` up to `end`.
  mutating func replace(through end: Int, with text: String) {
    output.append(contentsOf: bytes[copied..<position])
    output.append(contentsOf: text.utf8)
    position = end
    copied = end
  }

  /// The whole text with the replacements made so far.
  var result: String {
    output.isEmpty && copied == 0
      ? String(decoding: bytes, as: UTF8.self)
      : String(decoding: output + bytes[copied...], as: UTF8.self)
  }
}
