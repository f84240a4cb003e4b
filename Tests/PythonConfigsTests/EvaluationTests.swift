import Configs
import Foundation
import OrderedCollections
import PythonConfigs
import Testing

@Suite("Evaluating Python configs")
struct EvaluationTests {
  @Test(
    "a value keeps its kind",
    arguments: [
      ("1", .int(1)), ("True", .bool(true)), ("None", .none), ("1.0", .float(1)),
      ("10**18", .int(1_000_000_000_000_000_000)), ("-2**63", .int(.min)),
      ("2**63", .bigInt("9223372036854775808")), ("1e400", .float(.infinity)),
      ("'é\\n'", .string("é\n")), ("(1,)", .tuple([1])), ("[1, [2]]", .list([1, [2]])),
      ("{1: 2}", .dict([.int(1): 2])), ("{None: 2}", .dict([.other(representation: "None"): 2])),
      ("{1, }", .opaque(representation: "{1}")), ("b'x'", .opaque(representation: "b'x'")),
      ("int", .opaque(representation: "<class 'int'>")),
      ("len", .opaque(representation: "<built-in function len>")),
      ("'\\ud800'", .opaque(representation: "'\\ud800'")),
      ("__import__('collections').OrderedDict(b=1, a=2)", .dict(["b": 1, "a": 2])),
      ("__import__('collections').namedtuple('P', 'x')(1)", .tuple([1])),
      ("__import__('enum').IntEnum('E', 'A').A", .int(1)),
    ] as [(String, Config)])
  func kinds(text: String, expected: Config) throws {
    #expect(try evaluate("a = \(text)")["a"] == expected)
  }

  @Test("names stay in the order of their first assignment; helpers and dunder names go")
  func names() throws {
    let config = try evaluate(
      """
      import math
      z = 1
      def triple(): return 3
      class C: pass
      __own = 5
      _single = triple()
      a = [math.floor(__own / 2) for _ in range(2)]
      del z
      z = 0
      f = dict(g=lambda x: x)
      """)
    #expect(config.dictionary?.keys.map(\.text) == ["C", "_single", "a", "z", "f"])
    #expect(config["a"] == [2, 2])
    guard case .opaque(let text)? = config[path: "f.g"] else {
      Issue.record("the lambda is \(String(describing: config["f"]))")
      return
    }
    #expect(text.hasPrefix("<function <lambda> at "))
  }

  @Test("a config can use the values of its bases")
  func baseValues() throws {
    let base = "a = dict(b=dict(c=3), d=[1, 2], t=(4, 5))\nname = 'x'\n"
    let cases: [(String, Config)] = [
      ("{{ _base_.a.b }}", ["c": 3]), ("{{_base_.a.b.c}} + 1", 4), ("_base_.a.b.c * 2", 6),
      ("[*_base_.a.d, {{_base_.name}}]", [1, 2, "x"]), ("_base_.a.t", .tuple([4, 5])),
      ("'is/{{ _base_.name }}.pth'", "is/x.pth"), ("'{{_base_.a.d}}'", [1, 2]),
      ("'n={{_base_.a.b.c}}'", "n=3"), ("dict(q=[{{ _base_.name }}])", ["q": ["x"]]),
      ("f'{_base_.name}!'", "x!"), ("'{{_base_.a.d.1}}'", 2),
    ]
    for (text, expected) in cases {
      for reference in ["'base.py'", "['base.py']"] {
        let config = try evaluate([
          "main.py": "_base_ = \(reference)\nv = \(text)\n", "base.py": base,
        ])
        #expect(config["v"] == expected, "\(text)")
        #expect(config["_base_"] == nil)
      }
    }
  }

  @Test("a base's value is the one before the config changes it, and is not shared with it")
  func baseValuesAreCopies() throws {
    let config = try evaluate([
      "main.py":
        "_base_ = './base.py'\nx = _base_.a\nx.update(c=1)\na = dict(b=2)\ny = {{_base_.a.b}}\n",
      "base.py": "a = dict(b=1)\n",
    ])
    #expect(config == ["a": ["b": 2], "x": ["b": 1, "c": 1], "y": 1])
  }

  @Test("names of bases can be computed")
  func computedBases() throws {
    let config = try evaluate([
      "main.py": """
      __name = 'ba' + 'se'
      _base_ = [f'{__name}.py']
      v = _base_.a
      """,
      "base.py": "a = 1\n",
    ])
    #expect(config == ["a": 1, "v": 1])
    let path = try evaluate([
      "sub/low.py": "b = 2\n",
      "main.py": """
      import pathlib
      _base_ = [pathlib.Path('base.py'), pathlib.PurePath('sub') / 'low.py']
      c = _base_.b
      """,
      "base.py": "a = 1\n",
    ])
    #expect(path == ["a": 1, "b": 2, "c": 2])
    let appended = try evaluate([
      "main.py": "_base_ = []\n_base_.append('base.py')\n", "base.py": "a = 1\n",
    ])
    #expect(appended == ["a": 1])
  }

  @Test("JSON and YAML bases may refer to values, too")
  func mixedFormats() throws {
    let config = try evaluate([
      "main.py": "_base_ = 'mid.yaml'\nlast = _base_.full\n",
      "mid.yaml": """
      _base_: sub/low.json
      full: {{ _base_.root.path }}
      caption: "at {{_base_.root.path}} {{ _base_.root.n }}"
      plain: at {{_base_.root.path}}
      """,
      "sub/low.json": #"""
      {"_base_": "deep.py", "root": {"path": "p/q", "n": [1]}, "copy": {{_base_.deep}},
       "quote\"d {{_base_.deep.k}}": "{{ _base_.deep.k }}!", "dir": "{{ fileBasename }}"}
      """#,
      "sub/deep.py": "deep = dict(k=7)\n",
    ])
    #expect(
      config == [
        "deep": ["k": 7], "root": ["path": "p/q", "n": [1]], "copy": ["k": 7],
        "quote\"d 7": "7!", "dir": "low.json", "full": "p/q", "caption": "at p/q [1]",
        "plain": "at p/q", "last": "p/q",
      ])
  }

  @Test("variables of the file and of the environment are put into the text")
  func variables() throws {
    setenv("CONFIG_TEST_DEPTH", "50", 1)
    defer { unsetenv("CONFIG_TEST_DEPTH") }
    let config = try evaluate([
      "main.py": """
      _base_ = './{{ fileBasenameNoExtension }}_base.py'
      a = {{$CONFIG_TEST_DEPTH:18}}
      b = {{ $CONFIG_TEST_UNSET:18 }}
      c = {{'$CONFIG_TEST_UNSET:[1,2]'}}
      d = '{{$CONFIG_TEST_UNSET:x}}/{{fileExtname}}' # {{ fileDirname }}
      """,
      "main_base.py": "f = '{{ fileBasename }}'\n",
    ])
    #expect(config == ["f": "main_base.py", "a": 50, "b": 18, "c": [1, 2], "d": "x/.py"])
  }

  @Test("the modules of the original count as imported; others must exist")
  func customImports() throws {
    let config = try evaluate("custom_imports = dict(imports=['mmcls.models', 'json'])")
    #expect(config[path: "custom_imports.imports"] == ["mmcls.models", "json"])
    let allowed = try withFolder([
      "main.py": "custom_imports = dict(imports='no_such_module', allow_failed_imports=True)"
    ]) { try ConfigFile.load("\($0)/main.py").warnings }
    #expect(allowed.first?.description.contains("no_such_module failed to import") == true)
  }

  @Test("a config is written in the format of the file's name, and reads back")
  func writing() throws {
    let config: Config = ["a": ["b": [1, .tuple([2.5, "it's"])]], "c": nil]
    try withFolder(["keep.txt": ""]) { folder in
      for name in ["o.py", "o.yaml", "o.yml"] {
        try config.write(to: "\(folder)/\(name)")
        #expect(try ConfigFile.load("\(folder)/\(name)").config == config)
      }
      try config.write(to: "\(folder)/o.json")
      #expect(
        try ConfigFile.load("\(folder)/o.json").config == [
          "a": ["b": [1, [2.5, "it's"]]], "c": nil,
        ])
      #expect(throws: ConfigFileError.unsupportedType(file: "\(folder)/o.txt")) {
        try config.write(to: "\(folder)/o.txt")
      }
      #expect(throws: ConfigFileError.self) { try config.write(to: "\(folder)/no/o.py") }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(Set(names) == ["keep.txt", "o.py", "o.yaml", "o.yml", "o.json"])
    }
  }

  @Test("a folder is checked file by file")
  func folder() throws {
    try withFolder(["a.py": "x = 1", "sub/b.py": "x = (", "c.txt": "", "sub/d.json": "{}"]) {
      folder in
      var outcomes: [String: Bool] = [:]
      try ConfigFolder(folder).check { outcome in
        outcomes[outcome.file.replacingOccurrences(of: folder, with: "")] =
          (try? outcome.result.get()) != nil
      }
      #expect(outcomes == ["/a.py": true, "/sub/b.py": false, "/sub/d.json": true])
    }
    #expect(throws: ConfigFileError.self) { try ConfigFolder("/no/such/folder") }
  }
}
