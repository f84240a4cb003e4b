import Foundation
import JSONStream
import Testing

@Suite struct JSONReaderTests {
  @Test func aTextIsReadValueByValue() throws {
    var reader = JSONReader(
      bytes: #"{"a": [1, 2.5, -3e2], "b":{"c":null,"d":true},"e":"x","f":[],"g":{}, "h": 7 }"#.utf8)
    var floats: [Float] = []
    var seen: [String] = []
    try reader.beginObject()
    while let key = try reader.nextKey() {
      seen.append(try #require(key.string))
      switch key {
      case "a": try reader.readFloats(into: &floats)
      case "b":
        try reader.beginObject()
        while let inner = try reader.nextKey() {
          switch inner {
          case "c": #expect(try reader.readNull())
          default: #expect(try reader.readBool())
          }
        }
      case "e": #expect(try reader.readString() == "x")
      case "f":
        try reader.beginArray()
        #expect(try !reader.nextElement())
      case "h": #expect(try reader.readInt() == 7)
      default: try reader.skip()
      }
    }
    try reader.finish()
    #expect(floats == [1, 2.5, -300])
    #expect(seen == ["a", "b", "e", "f", "g", "h"])
  }

  @Test(arguments: [
    "0", "-0", "1", "-17", "0.1", "123456.789", "1e5", "1E-5", "2.5e+3", "9007199254740993",
    "0.30000000000000004", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "1e400",
    "123456789012345678901234567890", "3.14159265358979323846264338327950288", "1e-400", "0.00001",
    "4.35", "0.000244140625", "-9223372036854775808", "640.37", "100000000000000.5",
  ])
  func numbersAreThoseOfTheCLibrary(_ text: String) throws {
    for padding in ["", " "] {
      var reader = JSONReader(bytes: (text + padding).utf8)
      let value = try reader.readDouble()
      let expected = strtod(text, nil)
      #expect(value == expected && value.sign == expected.sign, "\(text)")
      try reader.finish()
    }
  }

  @Test func randomNumbersAreRoundedCorrectly() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = Double.random(in: -1000...1000, using: &generator)
      let text = Bool.random(using: &generator) ? "\(value)" : String(format: "%.2f", value)
      var reader = JSONReader(bytes: text.utf8)
      #expect(try reader.readDouble() == strtod(text, nil), "\(text)")
    }
  }

  @Test func wholeNumbersAreExact() throws {
    for (text, expected) in [
      ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("1e3", 1000),
      ("12.0", 12), ("-0", 0),
    ] {
      var reader = JSONReader(bytes: text.utf8)
      #expect(try reader.readInt() == expected, "\(text)")
    }
    for text in ["9223372036854775808", "1.5", "1e30", "NaN"] {
      #expect(throws: JSONError.self, "\(text)") {
        var reader = JSONReader(bytes: text.utf8)
        _ = try reader.readInt()
      }
    }
  }

  @Test func pythonsNumbersThatAreNone() throws {
    var reader = JSONReader(bytes: "[NaN, Infinity, -Infinity]".utf8)
    var values: [Float] = []
    try reader.readFloats(into: &values)
    #expect(values[0].isNaN && values[1] == .infinity && values[2] == -.infinity)
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""""#, ""), (#""ümlaut 漢""#, "ümlaut 漢"),
    (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00fc\u6f22""#, "Aü漢"),
    (#""\ud83d\ude00""#, "😀"), (#""\ud83d!""#, "\u{FFFD}!"),
  ])
  func stringsAreUnescaped(_ text: String, _ expected: String) throws {
    var reader = JSONReader(bytes: text.utf8)
    #expect(try reader.readString() == expected)
    try reader.finish()
    var object = JSONReader(bytes: "{\(text): 1}".utf8)
    try object.beginObject()
    #expect(try object.nextKey()?.string == expected)
  }

  private struct Broken: Sendable {
    let text: String
    let line: Int
    let column: Int
    let says: String
  }

  private static let broken: [Broken] = [
    Broken(text: "", line: 1, column: 1, says: "the text ends"),
    Broken(text: "{\"a\": 1,\n \"b\": }", line: 2, column: 7, says: "found '}'"),
    Broken(text: "{\"a\": 1\n\n \"b\": 2}", line: 3, column: 2, says: "a comma or '}'"),
    Broken(text: "[1, 2", line: 1, column: 6, says: "the text ends"),
    Broken(text: "[1, ]", line: 1, column: 5, says: "after the comma"),
    Broken(text: "{\"a\" 1}", line: 1, column: 6, says: "a colon"),
    Broken(text: "{a: 1}", line: 1, column: 2, says: "a key in quotes"),
    Broken(text: "[01]", line: 1, column: 2, says: "number"),
    Broken(text: "[1.]", line: 1, column: 4, says: "number"),
    Broken(text: "[-]", line: 1, column: 3, says: "number"),
    Broken(text: "[1e]", line: 1, column: 4, says: "number"),
    Broken(text: "[tru]", line: 1, column: 2, says: "true"),
    Broken(text: "[\"abc]", line: 1, column: 7, says: "end of a string"),
    Broken(text: "[\"a\nb\"]", line: 1, column: 4, says: "control character"),
    Broken(text: "[1] 2", line: 1, column: 5, says: "nothing more"),
    Broken(
      text: String(repeating: "[", count: 600), line: 1, column: 513, says: "512 levels"),
  ]

  @Test func brokenTextsAreRefusedWhereTheyBreak() {
    for broken in Self.broken {
      let error = #expect(throws: JSONError.self, "\(broken.text)") {
        var reader = JSONReader(bytes: broken.text.utf8)
        try reader.skip()
        try reader.finish()
      }
      guard let error else { continue }
      #expect(
        error.line == broken.line && error.column == broken.column, "\(broken.text): \(error)")
      #expect("\(error)".contains(broken.says), "\(broken.text): \(error)")
    }
  }

  @Test func stringsThatAreNoneAreRefused() {
    for text in [#""\x""#, #""\u12g4""#, #""\u12""#] {
      let error = #expect(throws: JSONError.self, "\(text)") {
        var reader = JSONReader(bytes: text.utf8)
        _ = try reader.readString()
      }
      #expect(error?.problem == .invalidEscape, "\(text)")
    }
    let error = #expect(throws: JSONError.self) {
      var reader = JSONReader(bytes: [0x22, 0xFF, 0xFE, 0x22] as [UInt8])
      _ = try reader.readString()
    }
    #expect(error?.problem == .invalidText)
  }

  @Test func anotherKindThanAskedForIsNamed() {
    let error = #expect(throws: JSONError.self) {
      var reader = JSONReader(bytes: "{\"images\": {}}".utf8)
      try reader.beginObject()
      _ = try reader.nextKey()
      try reader.beginArray()
    }
    #expect(error?.problem == .wrongKind(found: .object, expected: .array))
    #expect(error?.offset == 11)
  }

  @Test func filesAreMapped() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "json-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "numbers.json").path
    // More than the reader keeps of a file in memory at a time.
    let count = 3_000_000
    try ("[" + [String](repeating: "1234567.5", count: count).joined(separator: ", ") + "]")
      .write(toFile: path, atomically: false, encoding: .utf8)
    var reader = try JSONReader(path: path)
    var values: [Float] = []
    try reader.readFloats(into: &values)
    try reader.finish()
    #expect(values.count == count && values.allSatisfy { $0 == 1_234_567.5 })

    try "".write(toFile: path, atomically: false, encoding: .utf8)
    let empty = #expect(throws: JSONError.self) {
      var reader = try JSONReader(path: path)
      try reader.skip()
    }
    #expect(empty?.offset == 0)
    for missing in [folder.appending(path: "none.json").path, folder.path] {
      let error = #expect(throws: JSONError.self) { _ = try JSONReader(path: missing) }
      #expect("\(error.map { "\($0)" } ?? "")".contains("cannot read \(missing)"))
    }
  }
}
