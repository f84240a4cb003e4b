import Configs
import OrderedCollections
import Testing

@Suite("Python text of values")
struct PythonTextTests {
  @Test(
    "a value prints as Python's repr",
    arguments: [
      (.none, "None"), (true, "True"), (.int(.min), "-9223372036854775808"), (1.0, "1.0"),
      (0.0001, "0.0001"), (0.00001, "1e-05"), (1.5e-7, "1.5e-07"), (-0.0, "-0.0"),
      (123456789012345680.0, "1.2345678901234568e+17"), (1e15, "1000000000000000.0"),
      (9007199254740994.0, "9007199254740994.0"), (1e16, "1e+16"), (1e100, "1e+100"),
      (330e6, "330000000.0"), (0.1, "0.1"), (.float(.leastNonzeroMagnitude), "5e-324"),
      (.float(.infinity), "float('inf')"), (.float(-.infinity), "float('-inf')"),
      (.float(.nan), "float('nan')"), ("it's", "\"it's\""), ("\"it's\"", "'\"it\\'s\"'"),
      (
        "a\\b\n\t\r\0\u{7F}\u{A0}\u{2028}é中\u{1F600}\u{E000}",
        "'a\\\\b\\n\\t\\r\\x00\\x7f\\xa0\\u2028é中\u{1F600}\\ue000'"
      ),
      ([], "[]"), (.tuple([]), "()"), (.tuple([1]), "(1,)"), ([:], "dict()"),
      (["a": 1, "b": ["c": "d"]], "dict(a=1, b=dict(c='d'))"),
      (["class": 1], "{'class': 1}"), (["a b": ["x": 1]], "{'a b': dict(x=1)}"),
      (.dict([.int(1): "x"]), "{1: 'x'}"), (.opaque(representation: "{1, 2}"), "{1, 2}"),
      (.opaque(representation: "<class 'x'>"), "\"<class 'x'>\""),
    ] as [(Config, String)])
  func lines(value: Config, expected: String) {
    #expect(PythonPrinter.line(value) == expected)
  }

  @Test("what is too long for a line goes over several, a key on each")
  func layout() {
    let config: Config = [
      "short": ["a": 1],
      "numbers": .list((1...30).map { .int($0) }),
      "pipeline": [
        ["type": "Load"],
        [
          "type": "Normalize", "mean": [123.675, 116.28, 103.53], "to_rgb": true,
          "std": [58.395, 57.12, 57.375],
        ],
      ],
    ]
    #expect(
      PythonPrinter.print(config) == """
        short = dict(a=1)
        numbers = [
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
            22, 23, 24, 25, 26, 27, 28, 29, 30
        ]
        pipeline = [
            dict(type='Load'),
            dict(
                type='Normalize',
                mean=[123.675, 116.28, 103.53],
                to_rgb=True,
                std=[58.395, 57.12, 57.375])
        ]

        """)
  }

  @Test("names that Python cannot assign, or that hide what the text uses")
  func awkwardNames() {
    #expect(
      PythonPrinter.print(["a b": ["x": 1]]) == "globals().update({'a b': {'x': 1}})\n")
    #expect(PythonPrinter.print(["dict": ["x": 1]]) == "dict = {'x': 1}\n")
    #expect(PythonPrinter.print(["float": .float(.infinity)]) == "float = 1e999\n")
  }
}
