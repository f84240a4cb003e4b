import Configs
import Foundation
import PythonConfigs
import Testing

@Suite("Configs do not affect each other")
struct IsolationTests {
  @Test("what a config does to the interpreter is undone")
  func undone() throws {
    _ = try evaluate(
      """
      import builtins, math, os, string, sys
      sys.path.insert(0, '/config_test_path')
      sys.meta_path.clear()
      sys.argv = ['changed']
      math.pi = 3
      del string.digits
      builtins.len = None
      os.environ['CONFIG_TEST_LEAK'] = '1'
      os.environ.pop('HOME', None)
      os.chdir('/')
      sys.modules['json'] = sys.modules['wave'] = math
      sys.setrecursionlimit(77)
      """)
    let config = try evaluate(
      """
      import json, math, os, os.path, string, sys, wave
      path = '/config_test_path' in sys.path
      argv = sys.argv == ['changed']
      pi = math.pi
      digits = string.digits
      three = len([1, 2, 3])
      leak = 'CONFIG_TEST_LEAK' in os.environ
      home = 'HOME' in os.environ
      directory = os.getcwd()
      dumped = json.dumps([])
      wave = hasattr(wave, 'open')
      limit = sys.getrecursionlimit()
      del os.environ
      """)
    #expect(config["path"] == false)
    #expect(config["argv"] == false)
    #expect(config["pi"] == .float(.pi))
    #expect(config["digits"] == "0123456789")
    #expect(config["three"] == 3)
    #expect(config["leak"] == false)
    #expect(config["home"] == .bool(ProcessInfo.processInfo.environment["HOME"] != nil))
    #expect(config["directory"]?.text == FileManager.default.currentDirectoryPath)
    #expect(config["dumped"] == "[]")
    #expect(config["wave"] == true)
    #expect(config["limit"] == 1000)
    #expect(ProcessInfo.processInfo.environment["CONFIG_TEST_LEAK"] == nil)
    #expect(try evaluate("import os\na = 'PATH' in os.environ")["a"] == true)
  }

  @Test("two folders may have modules of the same name")
  func siblings() throws {
    let text = "import sys\nsys.path.insert(0, '{{ fileDirname }}')\nimport sibling\nv = sibling.v"
    for number in 1...2 {
      let config = try evaluate(["main.py": text, "sibling.py": "v = \(number)"])
      #expect(config["v"] == .int(number))
    }
  }

  @Test("many configs do not take more and more memory")
  func many() throws {
    try withFolder(["main.py": "import math\na = [dict(b='x' * 1_000_000)]\n"]) { folder in
      func load() throws { _ = try ConfigFile.load("\(folder)/main.py") }
      for _ in 0..<5 { try load() }
      // Other tests run beside this one, so the least growth of some rounds counts.
      let growths = try (0..<5).map { _ in
        let before = try pages()
        for _ in 0..<30 { try load() }
        return try pages() - before
      }
      // 30 leaked values would be some 7 000 pages.
      #expect(growths.min() ?? 0 < 2500, "\(growths)")
    }
  }

  private func pages() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return Int(text.split(separator: " ")[1]) ?? 0
  }

  @Test("threads take turns")
  func threads() async throws {
    try await withThrowingTaskGroup(of: Config?.self) { group in
      for number in 0..<16 {
        group.addTask {
          try evaluate("import math\na = math.floor(\(number) + 0.5)")["a"]
        }
      }
      var results: Set<Config?> = []
      for try await value in group { results.insert(value) }
      #expect(results.count == 16)
    }
  }
}
