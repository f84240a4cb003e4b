import Configs
import Foundation

@testable import Vision

/// A value of a fixture's JSON file.
indirect enum JSON: Decodable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  subscript(key: String) -> JSON {
    guard case .object(let entries) = self else { return .null }
    return entries[key] ?? .null
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var array: [JSON] {
    switch self {
    case .array(let items): items
    case .object(let entries): entries["__tuple__"]?.array ?? []
    default: []
    }
  }

  var int: Int? {
    guard case .int(let value) = self else { return nil }
    return value
  }

  var ints: [Int] { array.compactMap(\.int) }

  /// The value as a config; `__tuple__` marks tuples.
  var config: Config {
    switch self {
    case .null: .none
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .float(value)
    case .string(let value): .string(value)
    case .array(let items): .list(items.map(\.config))
    case .object(let entries):
      if let tuple = entries["__tuple__"] {
        .tuple(tuple.array.map(\.config))
      } else {
        entries.sorted { $0.key < $1.key }.reduce(into: [:] as Config) {
          $0[$1.key] = $1.value.config
        }
      }
    }
  }
}

/// The recorded transforms.
struct TransformFixtures: Sendable {
  /// Read once for all tests.
  static let shared = Result { try TransformFixtures() }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/transforms")

  static func image(_ name: String) -> String {
    folder.appending(path: "images/\(name)").path
  }

  let cases: [JSON]
  private let data: Data
  private let tensors: JSON
  private let start: Int

  private init() throws {
    let json = try Data(contentsOf: Self.folder.appending(path: "transforms.json"))
    cases = try JSONDecoder().decode(JSON.self, from: json)["cases"].array
    data = try Data(contentsOf: Self.folder.appending(path: "transforms.safetensors"))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 + Int($1) }
    tensors = try JSONDecoder().decode(JSON.self, from: data[8..<(8 + length)])
    start = 8 + length
  }

  func cases(of operation: String) -> [JSON] {
    cases.filter { $0["operation"].text == operation }
  }

  /// A recorded tensor: its shape and its bytes.
  struct Recorded {
    let type: String
    let shape: [Int]
    let bytes: [UInt8]

    var floats: [Float] {
      type == "F32"
        ? bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } : bytes.map(Float.init)
    }

    /// `[H, W]` or `[H, W, C]` as a picture.
    var image: Image {
      let channels = shape.count == 2 ? 1 : shape[2]
      return type == "F32"
        ? Image(width: shape[1], height: shape[0], channels: channels, floats: floats)
        : Image(width: shape[1], height: shape[0], channels: channels, bytes: bytes)
    }
  }

  func tensor(_ name: String) throws -> Recorded {
    let entry = tensors[name]
    let offsets = entry["data_offsets"].ints
    guard offsets.count == 2, let type = entry["dtype"].text else {
      throw FixtureError.missing(name)
    }
    return Recorded(
      type: type, shape: entry["shape"].ints,
      bytes: Array(data[(start + offsets[0])..<(start + offsets[1])]))
  }

  enum FixtureError: Error { case missing(String) }
}

/// The largest difference of two pictures' samples.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory.appending(
        path: "vision-\(UInt64.random(in: 0 ... .max))"
      ).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: URL(filePath: file).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }

  func copy(_ source: String, to name: String) throws {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: URL(filePath: file).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: source, toPath: file)
  }
}
