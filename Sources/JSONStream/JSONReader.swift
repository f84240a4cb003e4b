/// Reads a JSON text from its start to its end, value by value, without a tree of the whole.
///
///     var reader = try JSONReader(path: path)
///     try reader.beginObject()
///     while let key = try reader.nextKey() {
///       switch key {
///       case "images": try readImages(&reader)
///       default: try reader.skip()
///       }
///     }
///     try reader.finish()
///
/// After ``nextKey()`` and ``nextElement()`` exactly one value must be read or skipped. As Python's
/// `json`, the reader knows `NaN`, `Infinity` and `-Infinity`.
public struct JSONReader: ~Copyable {
  private var text: MappedText
  let bytes: UnsafePointer<UInt8>
  let end: Int
  var position = 0
  /// The objects and arrays around.
  private var levels: [Level] = []

  private struct Level {
    let isObject: Bool
    /// Whether nothing of it was read yet.
    var isFresh = true
  }

  /// Levels of objects and arrays in each other.
  public static let depthLimit = 512

  /// Opens a file, which must not change while it is read.
  public init(path: String) throws(JSONError) {
    self.init(try MappedText(path: path))
  }

  public init(bytes: some Collection<UInt8>) {
    self.init(MappedText(bytes))
  }

  private init(_ text: consuming MappedText) {
    bytes = text.start
    end = text.count
    self.text = text
    // A byte order mark.
    if end >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
  }

  /// The place of the reader, in bytes from the start.
  public var offset: Int { position }
}

// MARK: - Objects and arrays

extension JSONReader {
  public mutating func beginObject() throws(JSONError) {
    try open(.object, UInt8(ascii: "{"))
  }

  public mutating func beginArray() throws(JSONError) {
    try open(.array, UInt8(ascii: "["))
  }

  private mutating func open(_ kind: JSONKind, _ bracket: UInt8) throws(JSONError) {
    skipSpace()
    guard position < end, bytes[position] == bracket else { throw try mismatch(kind) }
    guard levels.count < Self.depthLimit else { throw failure(.tooDeep(limit: Self.depthLimit)) }
    position += 1
    levels.append(Level(isObject: kind == .object))
  }

  /// The next key of the object that was begun last; `nil` after its last one, which ends it.
  ///
  /// The key is valid until the reader moves on.
  public mutating func nextKey() throws(JSONError) -> JSONKey? {
    guard try moveOn(to: UInt8(ascii: "}"), isObject: true) else { return nil }
    guard position < end, bytes[position] == UInt8(ascii: "\"") else {
      throw failure(.unexpected(found: byte, expected: "a key in quotes"))
    }
    let content = try scanString()
    let key = JSONKey(
      bytes: UnsafeBufferPointer(
        start: bytes + content.range.lowerBound, count: content.range.count),
      hasEscapes: content.hasEscapes)
    skipSpace()
    guard position < end, bytes[position] == UInt8(ascii: ":") else {
      throw failure(.unexpected(found: byte, expected: "a colon"))
    }
    position += 1
    return key
  }

  /// Whether the array that was begun last has another element; if not, it ends.
  public mutating func nextElement() throws(JSONError) -> Bool {
    try moveOn(to: UInt8(ascii: "]"), isObject: false)
  }

  /// Goes to the next member, or behind the closing bracket.
  private mutating func moveOn(to bracket: UInt8, isObject: Bool) throws(JSONError) -> Bool {
    let level = levels.count - 1
    precondition(
      level >= 0 && levels[level].isObject == isObject,
      "\(isObject ? "an object" : "an array") that was not begun")
    text.release(before: position)
    skipSpace()
    if position < end, bytes[position] == bracket {
      position += 1
      levels.removeLast()
      return false
    }
    if levels[level].isFresh {
      levels[level].isFresh = false
      return true
    }
    guard position < end, bytes[position] == UInt8(ascii: ",") else {
      throw failure(.unexpected(found: byte, expected: "a comma or \(isObject ? "'}'" : "']'")"))
    }
    position += 1
    skipSpace()
    if position < end, bytes[position] == bracket {
      throw failure(.unexpected(found: byte, expected: "a member after the comma"))
    }
    return true
  }

  /// Checks that nothing follows.
  public mutating func finish() throws(JSONError) {
    skipSpace()
    guard position == end else { throw failure(.unexpected(found: byte, expected: "nothing more")) }
  }
}

// MARK: - Values

extension JSONReader {
  /// The kind of the next value.
  public mutating func peek() throws(JSONError) -> JSONKind {
    skipSpace()
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case let byte? where Self.startsNumber(byte): return .number
    default: throw failure(.unexpected(found: byte, expected: "a value"))
    }
  }

  /// Whether the next value was `null`, which is read then.
  public mutating func readNull() throws(JSONError) -> Bool {
    guard try peek() == .null else { return false }
    try readWord("null")
    return true
  }

  public mutating func readBool() throws(JSONError) -> Bool {
    guard try peek() == .boolean else { throw try mismatch(.boolean) }
    let value = bytes[position] == UInt8(ascii: "t")
    try readWord(value ? "true" : "false")
    return value
  }

  public mutating func readString() throws(JSONError) -> String {
    skipSpace()
    guard position < end, bytes[position] == UInt8(ascii: "\"") else { throw try mismatch(.string) }
    let start = position
    let content = try scanString()
    let part = UnsafeBufferPointer(
      start: bytes + content.range.lowerBound, count: content.range.count)
    let value = content.hasEscapes ? unescaped(part) : String(validating: part, as: UTF8.self)
    guard let value else {
      position = start
      throw failure(content.hasEscapes ? .invalidEscape : .invalidText)
    }
    return value
  }

  /// A whole number, however it is written.
  public mutating func readInt() throws(JSONError) -> Int {
    skipSpace()
    guard position < end, Self.startsNumber(bytes[position]) else { throw try mismatch(.number) }
    let start = position
    let number = try scanNumber()
    if let value = number.isWhole ? number.whole : Int(exactly: number.value) { return value }
    position = start
    throw failure(.notWhole)
  }

  public mutating func readDouble() throws(JSONError) -> Double {
    skipSpace()
    guard position < end, Self.startsNumber(bytes[position]) else { throw try mismatch(.number) }
    if let short = scanShortNumber() { return short }
    return try scanNumber().value
  }

  /// Appends the numbers of an array, of which there may be any number.
  public mutating func readFloats(into values: inout [Float]) throws(JSONError) {
    try beginArray()
    while try nextElement() { values.append(Float(try readDouble())) }
  }

  /// Reads the next value, whatever it is, and forgets it.
  public mutating func skip() throws(JSONError) {
    let level = levels.count
    repeat {
      switch try peek() {
      case .object: try beginObject()
      case .array: try beginArray()
      case .string: _ = try scanString()
      case .number: _ = try scanNumber()
      case .boolean: _ = try readBool()
      case .null: try readWord("null")
      }
      // To the next value within, out of all that ends here.
      while let last = levels.last, levels.count > level {
        if try last.isObject ? nextKey() != nil : nextElement() { break }
      }
    } while levels.count > level
  }
}
