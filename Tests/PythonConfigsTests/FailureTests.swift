import Configs
import Foundation
import PythonConfigs
import Testing

@Suite("Messages about configs that are wrong")
struct FailureTests {
  @Test(
    "they name the file and the place in it",
    arguments: [
      (
        ["main.py": "a = 1\nlr = = 3\n"],
        "<DIR>/main.py:2:6: syntax error: invalid syntax\n  lr = = 3\n       ^"
      ),
      (
        ["main.py": "a = 1\n\nb = undefined\n"],
        "<DIR>/main.py:3: NameError: name 'undefined' is not defined\n  b = undefined"
      ),
      (
        ["main.py": "def f():\n  return 1 / 0\n\nx = f()\n"],
        "<DIR>/main.py:2: ZeroDivisionError: division by zero\n    return 1 / 0"
      ),
      (
        ["main.py": "import json\nx = json.loads('{')\n"],
        "<DIR>/main.py:2: JSONDecodeError: Expecting property name enclosed in double quotes: "
          + "line 1 column 2 (char 1)\n  x = json.loads('{')"
      ),
      (["main.py": "raise SystemExit(3)"], "<DIR>/main.py:1: SystemExit: 3\n  raise SystemExit(3)"),
      (
        ["main.py": "_base_ = 'nowhere.py'"],
        "<DIR>/nowhere.py: there is no such file (it is a base of <DIR>/main.py)"
      ),
      (
        ["main.py": "_base_ = ('b.py',)"],
        "<DIR>/main.py: _base_ must be a string or a list of strings, found tuple"
      ),
      (
        ["main.py": "_base_ = 'b.py'", "b.py": "_base_ = 'sub/../main.py'"],
        "<DIR>/main.py: the config is its own base:\n  <DIR>/main.py\n  includes <DIR>/b.py\n"
          + "  includes <DIR>/main.py"
      ),
      (
        [
          "main.py": "_base_ = ['b.py', 'c.py']", "b.py": "x = 1\ny = 1", "c.py": "_base_='d.py'",
          "d.py": "y = 2",
        ],
        "<DIR>/main.py: duplicate key is not allowed among bases: 'y' is defined in both "
          + "<DIR>/b.py and <DIR>/d.py"
      ),
      (
        ["main.py": "_base_ = 'b.py'\nx = dict(y=dict(z=1))", "b.py": "x = dict(y=[1])"],
        "<DIR>/main.py: x.y is a dict here but of type list in its base <DIR>/b.py; "
          + "set _delete_=True in the dict to ignore the base's value"
      ),
      (
        ["main.py": "_base_ = 'b.py'\nx = {{ _base_.gone }}", "b.py": "y = 1"],
        "<DIR>/main.py:2: AttributeError: no base has the value 'gone'\n  x = {{ _base_.gone }}"
      ),
      (
        ["main.py": "_base_ = 'b.json'", "b.json": "{\"a\": 1,}"],
        "<DIR>/b.json:1:9: syntax error: expected a key in double quotes\n  {\"a\": 1,}\n          ^"
      ),
      (
        ["main.py": "filename = 1"],
        "<DIR>/main.py: filename is reserved for config files and cannot be a top-level key"
      ),
      (
        ["main.py": "a = {{$CONFIG_TEST_MISSING:}}"],
        "<DIR>/main.py: the environment variable 'CONFIG_TEST_MISSING' is not set and has no "
          + "default"
      ),
      (
        ["main.py": "a = []\na.append(dict(b=a))"],
        "<DIR>/main.py: a.0.b: the value contains itself"
      ),
      (
        ["main.py": "custom_imports = dict(imports=('json',))"],
        "<DIR>/main.py: custom_imports: imports must be a string or a list of strings, found tuple"
      ),
    ] as [([String: String], String)])
  func message(files: [String: String], expected: String) throws {
    #expect(try failure(files) == expected)
  }

  @Test("a failed custom import names the module and where it was looked for")
  func failedImport() throws {
    let message = try #require(
      try failure(["main.py": "custom_imports = dict(imports=['no_such_module'])"]))
    #expect(message.hasPrefix("<DIR>/main.py: custom_imports: cannot import 'no_such_module': "))
    #expect(message.contains("searched in /"))
  }

  @Test("text that breaks the interpreter's limits is an error, not a crash")
  func limits() throws {
    let texts = [
      String(repeating: "(", count: 5000), "a = " + String(repeating: "-", count: 100_000) + "1",
      "a = 1\0", "def f(): f()\nf()", "a = []\nfor _ in range(1000): a = [a]", "\u{FEFF}\u{FEFF}a",
      "a = " + String(repeating: "[", count: 150) + String(repeating: "]", count: 151),
    ]
    for text in texts {
      #expect(try failure(["main.py": text]) != nil, "\(text.prefix(40))")
    }
  }

  @Test("other files than configs are refused")
  func otherFiles() throws {
    #expect(
      try failure(["a.txt": ""], main: "a.txt")
        == "<DIR>/a.txt: only py, yml, yaml and json files can be configs")
    #expect(
      try failure(["a.py/b": ""], main: "a.py") == "<DIR>/a.py: cannot be read: Is a directory")
    #expect(
      try failure(["a.yaml": "- 1"], main: "a.yaml")
        == "<DIR>/a.yaml: a config must be a dictionary, found list")
    #expect(try failure(["a.yaml": "a: [1"], main: "a.yaml")?.hasPrefix("<DIR>/a.yaml:") == true)
  }
}
