import Configs
import Foundation
import NN
import OrderedCollections
import Tensors
import TestKit
import Testing
import Zoo

/// What the original recorded of one backbone.
struct RecordedBackbone: CustomTestStringConvertible {
  let name: String
  let facts: Config

  var testDescription: String { name }

  static let all: [RecordedBackbone] = {
    let facts = RecordedBackbone.json("backbones/backbones.json")
    return facts.dictionary?.map { RecordedBackbone(name: $0.key.text, facts: $0.value) } ?? []
  }()

  /// A JSON fixture as a config; `{"__tuple__": […]}` is a tuple.
  static func json(_ path: String) -> Config {
    guard let data = try? Fixtures.data(path),
      let config = try? JSONParser.parse(String(decoding: data, as: UTF8.self), file: path)
    else { preconditionFailure("the fixture \(path) cannot be read") }
    return withTuples(config)
  }

  private static func withTuples(_ config: Config) -> Config {
    switch config {
    case .list(let items): return .list(items.map(withTuples))
    case .dict(let entries):
      if let items = config["__tuple__"]?.items { return .tuple(items.map(withTuples)) }
      return .dict(entries.mapValues(withTuples))
    default: return config
    }
  }

  func number(_ key: String) -> Int? {
    guard case .int(let value)? = facts[key] else { return nil }
    return value
  }

  func text(_ key: String) -> String? { facts[key]?.text }

  func lines(_ key: String) -> [String] { facts[key]?.items?.compactMap(\.text) ?? [] }

  /// Whether outputs and gradients were recorded, not only the structure.
  var wasRun: Bool { facts["shapes"] != nil }

  var shapes: [Shape] {
    (facts["shapes"]?.items ?? []).compactMap { try? Shape([Int](config: $0, path: .root)) }
  }

  var channels: Int {
    guard case .int(let value)? = facts["config"]?["in_channels"] else { return 3 }
    return value
  }

  /// The moves that the network was run with; none where it was not run.
  func moves() throws -> RecordedMoves { try Self.margins[name]?.moves ?? RecordedMoves([:]) }

  /// The margin of the recorded gradients; `nil` where the network has no edges or was not run.
  func edges() throws -> RecordedEdges? { try Self.margins[name]?.edges }

  /// Weights and margins of a network that was run.
  private struct Margin: Decodable {
    let moves: RecordedMoves?
    let edges: RecordedEdges?
  }

  private static var margins: [String: Margin] {
    get throws { try decoded.get() }
  }

  private static let decoded = Result<[String: Margin], any Error> {
    // Keys are names of entries of state dicts, so they stay as they are.
    try JSONDecoder().decode(
      [String: Margin].self, from: Fixtures.data("backbones/backbones.json"))
  }

  func images(on device: any Device) -> Tensor {
    let side = number("side") ?? 0
    return CounterNumbers.image("input", shape: [2, channels, side, side], on: device)
  }
}

/// A backbone as the original built it.
struct BuiltBackbone {
  let backbone: any Backbone
  let device: any Device

  /// - Parameter filled: whether to give it the fixtures' weights.
  init(_ config: Config, drawsWeights: Bool = false, filled: Bool = false) throws {
    let context = BuildContext(
      device: CPU(), generator: Generator(seed: 0), catalogs: .zoo, drawsWeights: drawsWeights)
    device = context.device
    backbone = try context.catalogs.backbones.build(
      config, path: "model.backbone", scope: .mmcls, context: context)
    if drawsWeights { try backbone.initializeWeights(in: context) }
    if filled { backbone.fillFromCounter() }
  }

  /// The network that was recorded, with its weights.
  init(_ recorded: RecordedBackbone) throws {
    guard let config = recorded.facts["config"] else {
      preconditionFailure("\(recorded.name) has no config")
    }
    try self.init(config)
    backbone.fillFromCounter(moves: try recorded.moves())
  }
}

extension Module {
  /// Gives the module the fixtures' weights.
  func fillFromCounter(prefix: String = "", moves: RecordedMoves = RecordedMoves([:])) {
    for (name, entry) in stateEntries(prefix: prefix) where entry.value.dtype == .float32 {
      let values = moves.moved(
        CounterNumbers.state(name, shape: entry.value.shape.dimensions), of: name)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
  }
}

/// The 64-bit FNV-1a hash of lines, each with its line feed, in hexadecimal.
func hash(of lines: [String]) -> String {
  var value: UInt64 = 0xCBF2_9CE4_8422_2325
  for line in lines {
    for byte in (line + "\n").utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

extension Parameter {
  /// The gradient, if one was computed.
  var gradientTensor: Tensor? {
    guard case .value(let tensor) = gradient else { return nil }
    return tensor
  }
}
