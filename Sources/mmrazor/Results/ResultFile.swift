internal import Checkpoints
internal import Configs
internal import Foundation
internal import OrderedCollections

/// A file of values in the notation that the ending of its name asks for: JSON, YAML or a pickle.
enum ResultFile {
  static func write(_ tree: Config, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    let ending = url.pathExtension.lowercased()
    if ["pkl", "pickle"].contains(ending) {
      try Pickle.write(PickleValue(tree), to: path)
      return
    }
    let text = ending == "json" ? JSONPrinter.print(tree) : YAMLPrinter.print(tree)
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw CommandError.unwritable(file: path, reason: error.localizedDescription)
    }
    try AtomicFile.write(Array(text.utf8), to: path)
  }
}

extension PickleValue {
  /// The same values as Python objects.
  fileprivate init(_ config: Config) {
    switch config {
    case .none, .opaque: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .bigInt(let text): self = .string(text)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .list(let items): self = .list(items.map(PickleValue.init))
    case .tuple(let items): self = .tuple(items.map(PickleValue.init))
    case .dict(let entries):
      var dictionary = PickleDictionary()
      for (key, value) in entries { dictionary[.string(key.text)] = PickleValue(value) }
      self = .dict(dictionary)
    }
  }
}
