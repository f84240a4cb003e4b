import Configs
import Foundation
import OrderedCollections
import PythonConfigs
import Testing

@Suite("Configs recorded from the original")
struct RecordedCasesTests {
  /// Where we do what the author meant and the original does not.
  private static let improved: [String: Config] = [
    "delete of a new key stays": ["a": 1, "b": [:]]
  ]

  @Test("small configs give the recorded values, texts and warnings, or fail where it failed")
  func smallConfigs() throws {
    let cases = try #require(Fixtures.load("configs/cases.json").dictionary)
    #expect(cases.count > 35)
    for (name, row) in cases {
      try check(name.text, row)
    }
  }

  private func check(_ name: String, _ row: Config) throws {
    let files = try #require(row["files"]?.dictionary)
    let first = try #require(files.keys.first?.text)
    var texts: [String: String] = [:]
    for (path, text) in files { texts[path.text] = text.text }
    let outcome = try #require(row["outcome"])
    try withFolder(texts) { folder in
      func hidden(_ text: String) -> String {
        text.replacingOccurrences(of: folder, with: "<DIR>")
      }
      guard let value = Self.improved[name] ?? outcome["value"] else {
        #expect(throws: ConfigFileError.self, "\(name)") {
          try ConfigFile.load("\(folder)/\(first)")
        }
        return
      }
      let loaded = try ConfigFile.load("\(folder)/\(first)")
      #expect(
        hidden(PythonPrinter.line(loaded.config)) == PythonPrinter.line(value), "\(name)")
      #expect(hidden(loaded.text) == outcome["text"]?.text, "\(name)")
      // The original's word for a failed import has no reason.
      if let warnings = outcome["warnings"]?.items, name != "custom import may fail" {
        #expect(
          loaded.warnings.map { hidden($0.description) } == warnings.compactMap(\.text),
          "\(name)")
      }
      #expect(
        try evaluate(PythonPrinter.print(loaded.config)) == loaded.config, "\(name) printed")
    }
  }

  @Test(
    "the bundled recipes, bases and subnets have the recorded values of upstream's",
    arguments: [("upstream", 21), ("bases", 65), ("subnets", 7)])
  func bundledRecipes(fixture: String, count: Int) throws {
    let recorded = try #require(Fixtures.load("configs/\(fixture).json").dictionary)
    #expect(recorded.count == count)
    for (path, row) in recorded {
      let config = try ConfigFile.load(Fixtures.repository.appending(path: path.text).path()).config
      let value = fixture == "upstream" ? try #require(row["value"]) : row
      #expect(PythonPrinter.line(config) == PythonPrinter.line(value), "\(path.text)")
    }
  }

  @Test("every bundled config is one that was recorded")
  func nothingElseIsBundled() throws {
    var recorded: Set<String> = []
    for fixture in ["upstream", "bases", "subnets"] {
      let rows = try #require(Fixtures.load("configs/\(fixture).json").dictionary)
      recorded.formUnion(rows.keys.map(\.text))
    }
    for folder in ["configs", "configs/_base_/"] {
      let root = Fixtures.repository.path()
      for file in try ConfigFolder(root + folder).files {
        #expect(recorded.contains(String(file.dropFirst(root.count))), "\(file)")
      }
    }
  }

  @Test("printed text evaluates back to the same values, and reads as the original's does")
  func printedRecipes() throws {
    let recorded = try #require(Fixtures.load("configs/upstream.json").dictionary)
    #expect(recorded.count == 21)
    for (path, row) in recorded {
      let value = try #require(row["value"])
      let text = PythonPrinter.print(value)
      #expect(try evaluate(text) == value, "\(path.text)")
      for line in text.split(separator: "\n") where line.count > 79 {
        // Only a value that cannot be broken may stick out.
        #expect(!line.contains(", "), "\(path.text): \(line)")
      }
      try withFolder([
        "a.yaml": YAMLPrinter.print(value), "a.json": JSONPrinter.print(value),
      ]) { folder in
        #expect(try ConfigFile.load("\(folder)/a.yaml").config == value, "\(path.text)")
        let json = try ConfigFile.load("\(folder)/a.json").config
        #expect(json == value.withListsForTuples, "\(path.text)")
      }
    }
  }

  @Test("words of --cfg-options mean what they mean to the original")
  func words() throws {
    let fixed: [String: Config] = ["a=(1,2),(3,4)": ["a": [.tuple([1, 2]), .tuple([3, 4])]]]
    let rows = try #require(Fixtures.load("configs/overrides.json")["words"]?.items)
    for row in rows {
      let word = try #require(row["word"]?.text)
      guard let value = fixed[word] ?? row["value"] else {
        #expect(throws: ConfigFileError.self, "\(word)") { try ConfigOverrides.parse([word]) }
        continue
      }
      var parsed = Config.dict([:])
      for (path, value) in try ConfigOverrides.parse([word]).values {
        parsed[path.components.joined(separator: ".")] = value
      }
      #expect(PythonPrinter.line(parsed) == PythonPrinter.line(value), "\(word)")
    }
  }

  @Test("overrides change a config as in the original")
  func merges() throws {
    // Setting an element of a list fails there, and a mark to delete stays.
    let fixed: [[Config]: Config] = [
      ["a.0=7"]: ["a": [7, 2]],
      ["a.0._delete_=True", "a.0.y=2"]: ["a": [["y": 2]]],
    ]
    let rows = try #require(Fixtures.load("configs/overrides.json")["merges"]?.items)
    for row in rows {
      let options = try #require(row["options"]?.items)
      let config = try #require(row["config"])
      let overrides = try ConfigOverrides.parse(options.compactMap(\.text))
      guard let value = fixed[options] ?? row["value"] else {
        #expect(throws: ConfigFileError.self, "\(options)") { try config.applying(overrides) }
        continue
      }
      #expect(try config.applying(overrides) == value, "\(options)")
    }
  }
}

extension Config {
  fileprivate var withListsForTuples: Config {
    switch self {
    case .list(let items), .tuple(let items): .list(items.map(\.withListsForTuples))
    case .dict(let entries): .dict(entries.mapValues(\.withListsForTuples))
    default: self
    }
  }
}
