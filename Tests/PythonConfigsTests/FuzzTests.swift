import Configs
import Foundation
import OrderedCollections
import PythonConfigs
import Testing

@Suite("Mutated configs and overrides end in a tree or an error")
struct FuzzTests {
  /// How many inputs of each kind; `MMRAZOR_FUZZ_COUNT` asks for more.
  private static let count =
    ProcessInfo.processInfo.environment["MMRAZOR_FUZZ_COUNT"].flatMap(Int.init) ?? 150

  enum Kind: String, CaseIterable {
    case python, json, yaml, overrides, printed
  }

  @Test(arguments: Kind.allCases)
  func inputs(kind: Kind) throws {
    var random = Counter(seed: 3)
    var outcome = Outcome()
    try withFolder(Self.bases) { folder in
      for _ in 0..<Self.count {
        let input: String
        switch kind {
        case .python:
          input = Self.harmless(Self.mutated(Self.python, Self.pythonWords, &random))
          outcome.note(input) { () throws(ConfigFileError) in
            try Self.load(input, "\(folder)/fuzz.py")
          }
        case .json, .yaml:
          let texts = kind == .json ? Self.json : Self.yaml
          let words = kind == .json ? Self.jsonWords : Self.yamlWords
          input = Self.mutated(texts, words, &random)
          outcome.note(input) { () throws(ConfigFileError) in
            try Self.load(input, "\(folder)/fuzz.\(kind.rawValue)")
          }
        case .overrides:
          input = Self.mutated(Self.overrides, Self.overrideWords, &random)
          outcome.note(input) { () throws(ConfigFileError) in
            let texts = input.split(separator: "\n").map(String.init)
            return try Self.config.applying(ConfigOverrides.parse(texts))
          }
        case .printed:
          // Whatever the tree, its text in each notation can be read, and Python's is the tree.
          let tree = Self.tree(depth: 0, &random)
          input = PythonPrinter.print(tree)
          outcome.note(input) { () throws(ConfigFileError) in
            let read = try Self.load(input, "\(folder)/fuzz.py")
            #expect(
              PythonPrinter.line(read) == PythonPrinter.line(tree), "\(input)")
            _ = try Self.load(JSONPrinter.print(tree), "\(folder)/fuzz.json")
            let yaml = try Self.load(YAMLPrinter.print(tree), "\(folder)/fuzz.yaml")
            #expect(PythonPrinter.line(yaml) == PythonPrinter.line(tree), "\(input)")
            return read
          }
        }
      }
    }
    #expect(outcome.trees + outcome.failures == Self.count)
    #expect(outcome.trees > 0)
    #expect(kind == .printed ? outcome.failures == 0 : outcome.failures > 0, "\(outcome.last)")
  }

  private static func load(_ text: String, _ path: String) throws(ConfigFileError) -> Config {
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
      Issue.record("\(path) cannot be written")
      return .none
    }
    return try ConfigFile.load(path).config
  }

  /// What came of the inputs.
  private struct Outcome {
    var trees = 0
    var failures = 0
    var last = ""

    mutating func note(
      _ input: String, _ evaluate: () throws(ConfigFileError) -> Config
    ) {
      do {
        _ = PythonPrinter.print(try evaluate())
        trees += 1
      } catch {
        failures += 1
        last = "\(error)\n\(input)"
        #expect(!error.description.isEmpty)
      }
    }
  }
}

// MARK: - Inputs

extension FuzzTests {
  private static let bases = [
    "base.py": "model = dict(depth=18, stages=[dict(n=2), dict(n=3)], widths=(1, 2))\nlr = 0.1\n",
    "other.yaml": "data: {pipeline: [{type: Resize, size: [2, 3]}], workers: 2}\n",
  ]

  private static let python = [
    """
    _base_ = ['base.py', './other.yaml']
    __n = 3
    model = dict(depth=50, head=dict(type='Linear', topk=(1, 5)), _delete_=False)
    data = dict(pipeline=[dict(type=f'Crop{__n}', size=(256, -1)), *{{_base_.data.pipeline}}])
    name = '{{ fileBasenameNoExtension }}/{{ _base_.model.depth }}'
    steps = [round(n / 3, 2) for n in range(4)]
    """,
    """
    _base_ = 'base.py'
    lr = _base_.lr + 2e-3
    model = dict(_delete_=True, block={f'k{k}': dict(size=k) for k in (3, 5)})
    model.update(neck=None, flags=[True, False, None], text="it's")
    """,
    """
    a = 1
    b = {'x y': -2.5, 3: (4,), 'inf': float('inf'), 's': {1, 2}, 'f': lambda x: x}
    c = [b, dict(d=b'ytes', e=10 ** 20, g=[])]
    _deprecation_ = dict(expected='new.py', reference='there')
    """,
    """
    import math
    def half(x):
        return x / 2
    class Kind:
        pass
    custom_imports = dict(imports=['mmcls.models', 'json'], allow_failed_imports=True)
    v = half(math.pi) if half(4) > 1 else '''long
    text'''
    w = '{{$FUZZ_UNSET:12}}'
    """,
  ]
  private static let pythonWords = [
    "{{", "}}", "{{_base_.model.stages.1}}", "{{ _base_.", "_base_", "_delete_=True", "dict(",
    "(", ")", "[", "]", "{", "}", ",", "=", ":", "'", "\"", "'''", "\\", "\n", "\n    ", " ", "#",
    "None", "lambda: 0", "f'{", "}'", "*", "**", "-", "_", ".", "if ", "for ", "in ", "import ",
    "é", "\u{0}", "\u{FEFF}", "\u{1F600}", "\\ud800", "\r\n", "\t", "del a\n", "raise ", "a",
    "filename", "text", "{{ fileDirname }}", "{{$X:", "1_0", "0x", "1e400", "nan",
  ]

  private static let json = [
    """
    {"_base_": "base.py", "a": [1, -2.5e3, {"b": null}], "c": "x\\u00e9\\n\\ud83d\\ude00", "d": true}
    """,
    """
    {"_base_": ["base.py", "other.yaml"], "model": {"_delete_": true, "n": {{_base_.model.depth}}},
     "f": "{{ fileBasename }}", "big": 123456789012345678901234567890, "nan": NaN,
     "deep": [[[[{"x": [[]]}]]]]}
    """,
  ]
  private static let jsonWords = [
    "{", "}", "[", "]", "\"", ":", ",", "null", "NaN", "-Infinity", "1e999", "-0", "\\u", "\\ud83d",
    "\\", "0", ".", "e", "\n", "{{_base_.lr}}", "\u{0}", "é", "\"_base_\"", "\"_delete_\": true,",
    "[[[[[[[[[[[[[[[[", "{\"a\":", "\u{FEFF}",
  ]

  private static let yaml = [
    """
    _base_: base.py
    a: &x {b: [1, 2.5, yes, ~], 1: one, '1': two}
    c: *x
    d:
      <<: *x
      e: !!python/tuple [2001-12-14, 1e-3, 0o17, 0x1F, 1:30]
    f: "q\\u00e9\\n"
    g: |
      block
      text
    """,
    """
    model:
      _delete_: true
      stages:
      - n: 1
        n: 2
      - {chosen: [k3, k5], size: {{_base_.lr}}}
    when: 2001-12-14t21:59:43.10-05:00
    name: "{{ fileBasename }}"
    _base_: [base.py, other.yaml]
    """,
  ]
  private static let yamlWords = [
    ":", ": ", "- ", "\n", "\n  ", "  ", "&x ", "*x", "<<: *x\n", "!!python/tuple ", "!!int ",
    "!t ",
    "!!python/object/apply:os.getcwd []", "|", ">", "'", "\"", "[", "]", "{", "}", ",", "? ", "# ",
    "---\n", "...\n", "%YAML 1.1\n", "~", ".nan", "\t", "\u{0}", "\u{85}", "é", "a: 1\na: 2\n",
    "{{_base_.lr}}", "@", "`", "0b1", "2001-02-30", "\r\n",
  ]

  private static let config: Config = [
    "model": ["depth": 18, "stages": [["n": 2], ["n": 3]], "widths": .tuple([1, 2])], "lr": 0.1,
    "list": [[1, 2], [["x": 1]]], "none": .none,
  ]
  private static let overrides = [
    "model.depth=50\nmodel.stages.1.n=[(1,2),(3,x)]", "lr=1e-3", "list.0.1=None",
    "model.stages.0._delete_=True\nmodel.stages.0.k='a b'", "model.widths.0=3",
    "new.key.path=((1,),[],\"q\")", "list.1.0.x=1,2,", "none=true\nlr=0x10", "a=[[[[[1]]]]]",
  ]
  private static let overrideWords = [
    "=", ".", ",", "(", ")", "[", "]", "'", "\"", " ", "\n", "0", "1", "-1", "_", "1_000", "e5",
    "inf", "nan", "true", "None", "_delete_", "model", "stages", "list", "é", "٣", "\u{0}",
    "((((((((((((((((((((((", "]]]]]]]]]]]]]]]]]]]]", "99999999999999999999", ".0.", "a=b",
  ]

  /// One of the texts with some of its parts cut out, repeated, exchanged or put in.
  private static func mutated(
    _ texts: [String], _ words: [String], _ random: inout Counter
  ) -> String {
    var text = Array(texts[random.below(texts.count)].unicodeScalars)
    for _ in 0...random.below(4) {
      let place = random.below(text.count + 1)
      let end = min(place + random.below(12), text.count)
      switch random.below(6) {
      case 0: text.removeSubrange(place..<end)
      case 1: text.insert(contentsOf: text[place..<end], at: random.below(text.count + 1))
      case 2 where place < text.count:
        text[place] = Unicode.Scalar(UInt8(random.below(128)))
      case 3 where place < text.count: text.removeSubrange(place...)
      case 4: text.swapAt(min(place, text.count - 1), max(0, end - 1))
      default: text.insert(contentsOf: words[random.below(words.count)].unicodeScalars, at: place)
      }
      if text.isEmpty { text = [" "] }
    }
    return String(String.UnicodeScalarView(text))
  }

  /// The text without what would rightly take Python very long: huge powers and repetitions.
  private static func harmless(_ text: String) -> String {
    text.replacing(/[*%]+ *\d[\d_]{2,}|\*\* *\w+ *\*\*|range\(\d{3,}|\d{8,}/, with: "0")
      .replacing("while", with: "if")
  }

  /// A tree with values of every kind, strange keys and texts among them.
  private static func tree(depth: Int, _ random: inout Counter) -> Config {
    let texts = [
      "a", "it's", "\"", "\\", "\n", "x y", "é", "\u{0}", "\u{1F600}", "", "None", "1", "1.0",
      "yes",
      "{{ x }}", "- a", "a: b", "#", "\u{7F}", "\u{85}", "~", "2001-12-14", "1e3", "=", "<<",
      "dict",
      String(repeating: "long ", count: 20), "float", "\r", "a\u{FEFF}", "if", "_x", "1:30", "0x1",
    ]
    func items(_ random: inout Counter) -> [Config] {
      (0..<random.below(5)).map { _ in tree(depth: depth + 1, &random) }
    }
    switch depth == 0 ? 9 : random.below(depth > 5 ? 6 : 10) {
    case 0: return .none
    case 1: return .bool(random.below(2) == 0)
    case 2: return .int([0, -1, 7, .max, .min][random.below(5)])
    case 3:
      return .float(
        [0.1, -0.0, 1e-5, 1e300, .leastNonzeroMagnitude, .infinity, 123456789.5][random.below(7)])
    case 4: return .bigInt("-123456789012345678901234567890")
    case 5: return .string(texts[random.below(texts.count)])
    case 6: return .list(items(&random))
    case 7: return .tuple(items(&random))
    default:
      var node = Config.dict([:])
      for _ in 0..<random.below(6) {
        let name = texts[random.below(texts.count)]
        node[name] = tree(depth: depth + 1, &random)
      }
      return node
    }
  }

  /// The same numbers in each run.
  private struct Counter {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return bound < 2 ? 0 : Int(state >> 33) % bound
    }
  }
}
