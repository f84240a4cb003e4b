import Configs
import OrderedCollections
import Testing

@Suite("Overrides")
struct OverrideTests {
  private func value(_ text: String) throws -> Config? {
    try ConfigOverrides.parse(["a=" + text]).values["a"]
  }

  @Test(
    "a value is a number, a word, a list, a tuple or text",
    arguments: [
      ("-1", -1), ("+1_0", 10), ("٣", 3), ("1__0", "1__0"),
      (
        "99999999999999999999",
        .bigInt("99999999999999999999")
      ), (".5", 0.5), ("5.", 5.0), ("1e400", .float(.infinity)),
      ("1_0.2_5e0_1", 102.5), ("Infinity", .float(.infinity)), ("-iNf", .float(-.infinity)),
      ("TRUE", true),
      ("None", nil), ("NONE", "NONE"), ("null", "null"), ("0x10", "0x10"), ("1.2.3", "1.2.3"),
      ("e5", "e5"), ("[1],[2]", [[1], [2]]), ("(1,2),3", [.tuple([1, 2]), 3]),
      ("[[[]]]", [[[]]]), ("((1,),)", .tuple([.tuple([1])])), ("['a, b',\"c\"]", ["a", "b", "c"]),
      ("'1'", 1), ("\"it's\"", "it's"), ("[,]", [""]), (",", [""]), ("a(b", "a(b"),
      ("(a)b", "(a)b"),
      ("x=1,y=2", ["x=1", "y=2"]), ("https://a.b/c?d=e", "https://a.b/c?d=e"),
    ] as [(String, Config)])
  func values(text: String, expected: Config) throws {
    #expect(try value(text).map(PythonPrinter.line) == PythonPrinter.line(expected))
  }

  @Test(
    "what makes no sense is refused with the argument",
    arguments: [
      ("a", "--cfg-options a: expected key.path=value"),
      ("a..b=1", "--cfg-options a..b=1: a key of the path is empty"),
      ("=1", "--cfg-options =1: a key of the path is empty"),
      ("a=[1,2", "--cfg-options a=[1,2: the brackets of '[1,2' do not match"),
      ("a=[(1,2]", "--cfg-options a=[(1,2]: the brackets of '(1,2' do not match"),
    ])
  func wrong(argument: String, message: String) {
    let error = #expect(throws: ConfigFileError.self) { try ConfigOverrides.parse([argument]) }
    #expect(error?.description == message)
  }

  @Test("nesting without end is refused")
  func nesting() {
    for text in [
      "a=" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000),
      String(repeating: "a.", count: 10_000) + "a=1",
    ] {
      #expect(throws: ConfigFileError.self) { try ConfigOverrides.parse([text]) }
    }
  }

  private let config: Config = [
    "model": ["depth": 18, "widths": [1, 2]],
    "pipeline": [["type": "A"], ["type": "B", "size": .tuple([1, 2])]],
  ]

  @Test("they change what is there, add what is not, and delete where asked to")
  func applying() throws {
    let cases: [([String], String, Config?)] = [
      (["model.depth=50"], "model", ["depth": 50, "widths": [1, 2]]),
      (["model.widths.1=3"], "model.widths", [1, 3]),
      (
        ["pipeline.1.type=C", "pipeline.0.new.x=1"], "pipeline",
        [["type": "A", "new": ["x": 1]], ["type": "C", "size": .tuple([1, 2])]]
      ),
      (["model._delete_=True", "model.type=X"], "model", ["type": "X"]),
      (
        ["model._delete_=False", "model.type=X"], "model",
        ["depth": 18, "widths": [1, 2], "type": "X"]
      ),
      (["new._delete_=True", "new.a.b=1"], "new", ["a": ["b": 1]]),
      (["model=5"], "model", 5), (["model.depth=1", "model.depth=2"], "model.depth", 2),
    ]
    for (arguments, path, expected) in cases {
      let changed = try config.applying(ConfigOverrides.parse(arguments))
      #expect(changed[path: path] == expected, "\(arguments)")
    }
  }

  @Test(
    "a path that leads nowhere is refused",
    arguments: [
      (
        "pipeline.2.size=1",
        "--cfg-options pipeline.2: index 2 exceeds the length of the list, "
          + "which is 2"
      ),
      (
        "pipeline.-1.size=1",
        "--cfg-options pipeline.-1: '-1' is not an index into the list "
          + "pipeline"
      ),
      (
        "pipeline.1.size.0=1",
        "--cfg-options pipeline.1.size: a value of type tuple has nothing "
          + "under '0'"
      ),
      ("model.depth.x=1", "--cfg-options model.depth: a value of type int has nothing under 'x'"),
    ])
  func misplaced(argument: String, message: String) throws {
    let overrides = try ConfigOverrides.parse([argument])
    let error = #expect(throws: ConfigFileError.self) { try config.applying(overrides) }
    #expect(error?.description == message)
  }
}
