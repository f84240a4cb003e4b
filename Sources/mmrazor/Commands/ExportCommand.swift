internal import ArgumentParser
internal import Checkpoints
internal import Foundation
internal import OrderedCollections

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the network of a checkpoint alone, as the libraries of OpenMMLab load it.")

  /// A part of an algorithm's state beside its network.
  enum Part: String, CaseIterable {
    case teacher, mutator, pruner, optimizer

    /// Whether the tensor `key`, without `module.`, belongs to the part.
    func holds(_ key: String) -> Bool {
      switch self {
      case .teacher: key.hasPrefix("distiller.")
      case .mutator: key.hasPrefix("mutator.")
      case .pruner:
        key.hasPrefix("pruner.") || key.hasSuffix(".in_mask") || key.hasSuffix(".out_mask")
      case .optimizer: false
      }
    }
  }

  @Argument(help: "checkpoint file", completion: .file(extensions: ["pth"]))
  var file: String

  @Argument(help: "file to write", completion: .file())
  var out: String

  @Option(
    name: .customLong("strip-prefix"),
    help: ArgumentHelp(
      "what comes off the names of tensors; default: architecture.model. where there is such",
      valueName: "prefix"))
  var prefix: String?

  @Option(
    help: ArgumentHelp(
      "what is left out: teacher, mutator, pruner, optimizer, separated by commas; or none",
      valueName: "parts"))
  var drop = Part.allCases.map(\.rawValue).joined(separator: ",")

  @Flag(help: "write the safetensors format")
  var safetensors = false

  private func parts() throws -> [Part] {
    guard drop != "none" else { return [] }
    return try drop.split(separator: ",").map { name in
      guard let part = Part(rawValue: String(name)) else {
        throw ValidationError(
          "--drop: unknown part '\(name)'; known: teacher, mutator, pruner, optimizer, none")
      }
      return part
    }
  }

  func validate() throws {
    _ = try parts()
  }

  func run() throws {
    let path = try WeightFiles.path(ofArgument: file)
    var checkpoint = try Checkpoint.read(path)
    let parts = try parts()
    Message.warn(leftOut: checkpoint.removeClosedObjects())
    var stateDict = checkpoint.stateDict.unwrapped
    stateDict.tensors.removeAll { key, _ in parts.contains { $0.holds(key) } }
    let lead = prefix ?? "architecture.model."
    let others = stateDict.tensors.keys.filter { !$0.hasPrefix(lead) }
    if others.count < stateDict.tensors.count {
      stateDict = stateDict.strippingPrefix(lead)
      if let first = others.first {
        Message.warn(
          "\(others.count) tensors do not begin with '\(lead)' and keep their names: '\(first)'"
            + (others.count > 1 ? ", …" : ""))
      }
    } else if prefix != nil {
      throw CheckpointError(
        path: path,
        problem: .noEntriesWithPrefix(lead.hasSuffix(".") ? String(lead.dropLast()) : lead))
    }
    checkpoint.stateDict = stateDict
    if parts.contains(.optimizer) { checkpoint.optimizer = nil }
    if safetensors {
      try Safetensors.write(stateDict.tensors, facts: Self.facts(of: checkpoint), to: out)
    } else {
      try checkpoint.write(to: out)
    }
    print(
      "wrote \(stateDict.tensors.count) tensors, \(FileOutline.size(stateDict.byteCount)), to \(out)"
    )
  }

  /// The meta that is text or numbers, and the class names, one a line.
  private static func facts(of checkpoint: Checkpoint) -> OrderedDictionary<String, String> {
    // Other programs tell by this which framework a file is for.
    var facts: OrderedDictionary<String, String> = ["format": "pt"]
    for (name, value) in checkpoint.meta {
      switch value {
      case .string(let text): facts[name] = text
      case .int, .float, .bool: facts[name] = value.description
      case .list(let items), .tuple(let items):
        let texts = items.compactMap(\.text)
        if texts.count == items.count { facts[name] = texts.joined(separator: "\n") }
      default: break
      }
    }
    return facts
  }
}
