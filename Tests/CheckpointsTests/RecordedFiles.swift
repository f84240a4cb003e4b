import Foundation
import Tensors

@testable import Checkpoints

/// Files that `Tests/Fixtures/record/checkpoints.py` recorded.
enum RecordedFiles {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/checkpoints")

  /// One folder for each PyTorch version.
  static let versions = ["torch1.13", "torch2.13"]

  static func path(_ version: String, _ name: String) -> String {
    root.appending(path: "\(version)/\(name)").path()
  }

  struct Expected: Decodable {
    let dtype: String
    let shape: [Int]
    let values: [Double]
  }

  /// By file, then by the tensor's path within the file's object.
  static func expected(_ version: String) throws -> [String: [String: Expected]] {
    let data = try Data(contentsOf: root.appending(path: "\(version)/expected.json"))
    return try JSONDecoder().decode([String: [String: Expected]].self, from: data)
  }

  static func read(_ path: String) throws -> PickleValue {
    path.hasSuffix(".pkl") ? try Pickle.read(path) : try TorchObject.read(path)
  }
}

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path()
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: file(name)))
    return file(name)
  }

  var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}

extension PickleValue {
  /// All tensors with their paths, as the recording script names them.
  func flattened(_ path: String = "") -> [String: StoredTensor] {
    switch self {
    case .tensor(let tensor): [path: tensor]
    case .list(let items), .tuple(let items):
      items.enumerated().reduce(into: [:]) { result, item in
        result.merge(item.element.flattened("\(path)/\(item.offset)")) { $1 }
      }
    case .dict(let dictionary):
      dictionary.items.reduce(into: [:]) { result, item in
        let key = PickleValue(item.key)
        result.merge(item.value.flattened("\(path)/\(key.text ?? key.description)")) { $1 }
      }
    default: [:]
    }
  }
}
