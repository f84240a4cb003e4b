import Configs
import OrderedCollections
import Testing

@Suite("JSON and YAML texts")
struct FormatTests {
  @Test(
    "a plain YAML scalar means what it means to PyYAML",
    arguments: [
      ("1", 1), ("-0", 0), ("+12", 12), ("010", 8), ("0x1F", 31), ("0b101", 5), ("1_000", 1000),
      ("1:30", 90), ("08", "08"), ("0o7", "0o7"),
      ("99999999999999999999", .bigInt("99999999999999999999")),
      ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-.5", "-.5"), ("1e-3", "1e-3"), ("1.0e-3", 0.001),
      ("1.0e3", "1.0e3"), ("1.5e+3", 1500.0), (".inf", .float(.infinity)),
      ("-.INF", .float(-.infinity)), ("yes", true), ("Off", false), ("y", "y"), ("true", true),
      ("~", nil), ("null", nil), ("Null", nil), ("none", "none"), ("'1'", "1"),
      ("\"a\\nb\"", "a\nb"),
      ("a b", "a b"), ("[1, x, {k: 2}]", [1, "x", ["k": 2]]), ("!!str 1", "1"), ("!!int '7'", 7),
      ("!!float 3", 3.0), ("!!python/tuple [1, 2]", .tuple([1, 2])), ("{}", [:]), ("[]", []),
      ("2001-12-14", .opaque(representation: "datetime.date(2001, 12, 14)")), ("1-2-3", "1-2-3"),
    ] as [(String, Config)])
  func yaml(text: String, expected: Config) throws {
    let parsed = try YAMLParser.parse("v: \(text)\n", file: "a.yaml")["v"]
    #expect(parsed.map(PythonPrinter.line) == PythonPrinter.line(expected), "\(text)")
  }

  @Test("YAML keys, anchors and merges")
  func yamlStructure() throws {
    let value = try YAMLParser.parse(
      """
      1: int
      '2': text
      true: bool
      base: &b {x: 1, y: 2}
      child:
        <<: *b
        y: 3
        z: 4
      """, file: "a.yaml")
    #expect(
      value
        == .dict([
          .int(1): "int", "2": "text", .other(representation: "True"): "bool",
          "base": ["x": 1, "y": 2], "child": ["x": 1, "y": 3, "z": 4],
        ]))
    #expect(try YAMLParser.parse("", file: "a.yaml") == .none)
  }

  @Test(
    "YAML that is wrong, or that would run code, is refused with its place",
    arguments: [
      ("a: [1\nb: 2\n", "a.yaml:2:"), ("!x a: 1\n!x a: 2\n", "the key 'a' is given twice"),
      ("a: !!python/object/apply:os.system ['x']", "a.yaml:1:4: syntax error: the tag"),
      ("a: *nowhere", "found undefined alias"), ("a: 1\n---\nb: 2\n", "another document"),
      ("a: !!int x", "does not fit its tag"), ("{[1]: 2}", "a key must be a scalar"),
    ])
  func wrongYAML(text: String, message: String) {
    let error = #expect(throws: ConfigFileError.self) {
      try YAMLParser.parse(text, file: "a.yaml")
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test("aliases of aliases end in an error before they fill the memory")
  func aliasBomb() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      text +=
        "a\(level): &a\(level) ["
        + Array(repeating: "*a\(level - 1)", count: 10)
        .joined(separator: ", ") + "]\n"
    }
    #expect(throws: ConfigFileError.self) { try YAMLParser.parse(text, file: "a.yaml") }
  }

  @Test(
    "JSON reads as with Python's json",
    arguments: [
      ("[1, -0, 1.0, 1e2, -2E-2]", [1, 0, 1.0, 100.0, -0.02]),
      (
        "[NaN, -Infinity, Infinity]",
        [.float(.nan), .float(-.infinity), .float(.infinity)]
      ),
      ("12345678901234567890", .bigInt("12345678901234567890")), ("1e999", .float(.infinity)),
      (#""\u00e9\ud83d\ude00\n\/\"""#, "é😀\n/\""),
      (#"{"b": 1, "a": 2, "b": 3}"#, ["b": 3, "a": 2]),
      (" [ true , false , null ] ", [true, false, nil]), ("{}", [:]),
    ] as [(String, Config)])
  func json(text: String, expected: Config) throws {
    let parsed = try JSONParser.parse(text, file: "a.json")
    #expect(PythonPrinter.line(parsed) == PythonPrinter.line(expected))
  }

  @Test(
    "wrong JSON is refused with its place",
    arguments: [
      ("", "a.json:1:1: syntax error: the text ends too early"), ("[1,]", "a.json:1:4"),
      ("{\"a\" 1}", "a.json:1:6: syntax error: expected ':'"), ("[01]", "a.json:1:3"),
      ("[1 2]", "a.json:1:4"),
      ("\"a\nb\"", "control character"), ("\"\\x\"", "unknown escape"),
      ("\"\\ud800\"", "surrogate"),
      ("{a: 1}", "double quotes"), ("\"abc", "not closed"), ("1 2", "extra data"), ("-", "digit"),
      (String(repeating: "[", count: 100_000), "nested too deeply"), ("nul", "expected a value"),
    ])
  func wrongJSON(text: String, message: String) {
    let error = #expect(throws: ConfigFileError.self) {
      try JSONParser.parse(text, file: "a.json")
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test("printed JSON and YAML read back as they were")
  func printing() throws {
    let strings = [
      "", "a", "a b", "yes", "1", "1e5", "1.5", "~", "- x", "a: b", "#c", "it's", "\"q\"", "a\nb",
      "\u{0}\u{85}\u{2028}", "é中😀", " x", "x ", "...", "---", "=", "<<", "2001-01-01", "!t", "&a",
      "*a", "[", "{", "%", "@", "`", "?", "null", "1:30", "0x1f", "nan", "inf", "-",
    ]
    let value: Config = [
      "strings": .list(strings.map { .string($0) }),
      "keys": .dict(
        OrderedDictionary(
          uniqueKeysWithValues: strings.map { (.string($0), .string($0)) })),
      "numbers": [1, -2, 1.0, 1e-5, 1e22, .bigInt("-99999999999999999999")],
      "nested": [[[1], []], [["a": [["b": 1]]], [:]], [nil, true, false]],
      "empty": [], "none": nil, "dict": ["x": ["y": [:]]],
    ]
    #expect(try JSONParser.parse(JSONPrinter.print(value), file: "a.json") == value)
    #expect(try YAMLParser.parse(YAMLPrinter.print(value), file: "a.yaml") == value)
    var more = value
    more["tuples"] = [.tuple([]), .tuple([1, .tuple([2])]), ["t": .tuple([["k": 1]])]]
    more["ints"] = .dict([.int(1): "x", "2": "y"])
    more["floats"] = [.float(.infinity), .float(-.infinity)]
    #expect(try YAMLParser.parse(YAMLPrinter.print(more), file: "a.yaml") == more)
  }
}
