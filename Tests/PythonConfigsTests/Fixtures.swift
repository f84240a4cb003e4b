import Configs
import Foundation
import OrderedCollections
import PythonConfigs

/// Values recorded from the original; `Tests/Fixtures/README.md` describes the notation.
enum Fixtures {
  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func load(_ name: String) throws -> Config {
    let file = repository.appending(path: "Tests/Fixtures/\(name)")
    return decoded(try JSONParser.parse(String(contentsOf: file, encoding: .utf8), file: name))
  }

  /// Undoes the notation of what JSON has no form for.
  static func decoded(_ value: Config) -> Config {
    switch value {
    case .list(let items):
      return .list(items.map(decoded))
    case .dict(let entries):
      if let items = value["__tuple__"]?.items { return .tuple(items.map(decoded)) }
      if let name = value["__float__"]?.text { return .float(Double(name) ?? .nan) }
      if let digits = value["__integer__"]?.text { return .bigInt(digits) }
      if let text = value["__repr__"]?.text { return .opaque(representation: text) }
      if let items = value["__items__"]?.items {
        var result: OrderedDictionary<Config.Key, Config> = [:]
        for pair in items {
          guard let pair = pair.items, pair.count == 2 else { continue }
          let key: Config.Key
          switch decoded(pair[0]) {
          case .opaque(let representation): key = .other(representation: representation)
          case .string(let text): key = .string(text)
          case .int(let number): key = .int(number)
          default: key = .other(representation: PythonPrinter.line(pair[0]))
          }
          result[key] = decoded(pair[1])
        }
        return .dict(result)
      }
      return .dict(entries.mapValues(decoded))
    default:
      return value
    }
  }
}

/// A folder of files that exists for the length of a closure.
func withFolder<Result>(
  _ files: [String: String], _ body: (String) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    .appending(path: "configs-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  for (name, text) in files {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  return try body(folder.path())
}

/// What `main.py` of the given files evaluates to.
func evaluate(_ files: [String: String], overrides: [String] = []) throws -> Config {
  try withFolder(files) { try ConfigFile.load("\($0)/main.py", overrides: overrides).config }
}

/// What one text evaluates to.
func evaluate(_ text: String) throws -> Config {
  try evaluate(["main.py": text])
}

/// The message that loading `main.py` of the files fails with, with `<DIR>` for their folder.
func failure(_ files: [String: String], main: String = "main.py") throws -> String? {
  try withFolder(files) { folder in
    do throws(ConfigFileError) {
      _ = try ConfigFile.load("\(folder)/\(main)")
      return nil
    } catch {
      return error.description.replacingOccurrences(of: folder, with: "<DIR>")
    }
  }
}
