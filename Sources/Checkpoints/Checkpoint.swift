public import OrderedCollections
internal import Tensors

/// The content of a `.pth` file: weights, facts about the run, and an optimizer's state.
///
/// The structure is mmcv's `save_checkpoint`: a dict of `meta`, `state_dict` and `optimizer`.
public struct Checkpoint {
  /// Facts such as `epoch`, `iter`, `CLASSES` and `config`.
  public var meta: OrderedDictionary<String, PickleValue>
  public var stateDict: StateDict
  /// `{'state': …, 'param_groups': …}` as PyTorch's optimizers write it, or a dict of those by
  /// name where a model has several optimizers.
  public var optimizer: PickleValue?
  /// Further entries of the file.
  public var otherEntries: OrderedDictionary<String, PickleValue>

  public init(
    stateDict: StateDict, meta: OrderedDictionary<String, PickleValue> = [:],
    optimizer: PickleValue? = nil
  ) {
    self.meta = meta
    self.stateDict = stateDict
    self.optimizer = optimizer
    otherEntries = [:]
  }

  /// Which of `torch.save`'s two layouts a file has.
  public enum FileLayout: Sendable {
    /// A ZIP archive: PyTorch 1.6 and later.
    case archive
    /// A stream, as published OpenMMLab checkpoints have it; every PyTorch reads it.
    case legacy
  }
}

// MARK: - Files

extension Checkpoint {
  /// Reads a file of either layout. No code of the file is executed, and tensors stay views of
  /// the mapped file until they are asked for.
  ///
  /// A file that holds nothing but tensors by name, as torchvision publishes them, is a state
  /// dict without facts.
  public static func read(_ path: String) throws(CheckpointError) -> Checkpoint {
    try naming(path) { () throws(CheckpointError.Problem) in
      let block = try ByteBlock(mapping: path)
      return try Checkpoint(TorchFile(block, path: path).object())
    }
  }

  /// Writes the file so that its name leads to the previous content or the new one at any moment.
  public func write(
    to path: String, layout: FileLayout = .archive
  ) throws(CheckpointError) {
    try TorchObject.write(pickled, to: path, layout: layout)
  }

  private init(_ object: PickleValue) throws(CheckpointError.Problem) {
    guard let dictionary = object.dictionary else { throw .noStateDict(entries: []) }
    guard let entry = dictionary["state_dict"] else {
      // A bare state dict.
      let hasTensors = dictionary.items.contains { $0.value.tensor != nil }
      guard hasTensors, let bare = StateDict(dictionary) else {
        throw .noStateDict(entries: dictionary.items.keys.prefix(20).map { PickleValue($0).plain })
      }
      self.init(stateDict: bare)
      return
    }
    guard let content = entry.dictionary, let stateDict = StateDict(content) else {
      throw .malformed(part: "'state_dict'", detail: "it is no dict of tensors by name")
    }
    self.init(stateDict: stateDict)
    for (key, value) in dictionary.textEntries {
      switch key {
      case "state_dict": break
      case "meta":
        for (name, fact) in value.dictionary?.textEntries ?? [] { meta[name] = fact }
      case "optimizer": optimizer = value
      default: otherEntries[key] = value
      }
    }
  }

  private var pickled: PickleValue {
    var facts = PickleDictionary()
    for (name, value) in meta { facts[.string(name)] = value }
    var result: PickleDictionary = [
      "meta": .dict(facts), "state_dict": .dict(stateDict.pickled),
    ]
    if let optimizer { result["optimizer"] = optimizer }
    for (name, value) in otherEntries { result[.string(name)] = value }
    return .dict(result)
  }
}

extension PickleValue {
  /// Text as it is, anything else as Python prints it.
  fileprivate var plain: String { text ?? description }
}

/// Any object in the layouts of `torch.save`.
public enum TorchObject {
  /// Reads what `torch.save` wrote.
  public static func read(_ path: String) throws(CheckpointError) -> PickleValue {
    try naming(path) { () throws(CheckpointError.Problem) in
      try TorchFile(ByteBlock(mapping: path), path: path).object()
    }
  }

  /// Writes what `torch.load` reads; the file appears under its name only when it is complete.
  public static func write(
    _ value: PickleValue, to path: String, layout: Checkpoint.FileLayout = .archive
  ) throws(CheckpointError) {
    let file = try AtomicFile(path: path)
    let written: AtomicFile
    do {
      written =
        switch layout {
        case .archive: try ArchiveWriter.write(value, to: file)
        case .legacy: try LegacyWriter.write(value, to: file)
        }
    } catch {
      throw CheckpointError(path: path, problem: error)
    }
    try written.commit()
  }
}
