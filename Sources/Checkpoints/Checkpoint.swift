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
  /// Reads a file of any layout, safetensors included. No code of the file is executed, and
  /// tensors stay views of the mapped file until they are asked for. Objects beside the weights
  /// stay closed.
  ///
  /// A file that holds nothing but tensors by name, as torchvision publishes them, is a state
  /// dict without facts.
  public static func read(_ path: String) throws(CheckpointError) -> Checkpoint {
    try naming(path) { () throws(CheckpointError.Problem) in
      let block = try ByteBlock(mapping: path)
      var checkpoint = try Checkpoint(TorchFile(block, path: path).object())
      checkpoint.stateDict.path = path
      return checkpoint
    }
  }

  /// Writes the file so that its name leads to the previous content or the new one at any moment.
  public func write(
    to path: String, layout: FileLayout = .archive
  ) throws(CheckpointError) {
    try TorchObject.write(pickled, to: path, layout: layout)
  }

  /// Takes out of meta, optimizer and further entries what cannot be written: objects of unknown
  /// classes.
  ///
  /// - Returns: the places of what was taken out, with its class.
  public mutating func removeClosedObjects() -> [String] {
    var removed: [String] = []
    func clean(_ entries: inout OrderedDictionary<String, PickleValue>, at path: String) {
      var value = PickleValue.dict(
        PickleDictionary(OrderedDictionary(uniqueKeysWithValues: entries.map { (.string($0), $1) }))
      )
      let found = value.removeClosedObjects(at: path)
      guard !found.isEmpty, let kept = value.dictionary else { return }
      removed += found
      entries = OrderedDictionary(uniqueKeysWithValues: kept.textEntries.map { ($0.key, $0.value) })
    }
    clean(&meta, at: "meta")
    clean(&stateDict.otherEntries, at: "state_dict")
    clean(&otherEntries, at: "")
    removed += optimizer?.removeClosedObjects(at: "optimizer") ?? []
    return removed
  }

  private init(_ object: PickleValue) throws(CheckpointError.Problem) {
    guard let dictionary = object.dictionary else {
      throw object.refusal ?? .noStateDict(entries: [])
    }
    guard let entry = dictionary["state_dict"] else {
      // A bare state dict.
      let hasTensors = dictionary.items.contains { $0.value.tensor != nil }
      guard hasTensors, let bare = StateDict(dictionary) else {
        for (key, value) in dictionary.textEntries {
          if case .array = value {
            throw .noTensor(entry: key, found: value.kind)
          } else if let object = value.closedObject, object.isModule {
            throw .wholeModel(name: object.name)
          }
        }
        throw .noStateDict(entries: dictionary.items.keys.prefix(20).map { PickleValue($0).plain })
      }
      self.init(stateDict: bare)
      return
    }
    guard let content = entry.dictionary, let stateDict = StateDict(content) else {
      throw entry.refusal
        ?? .malformed(part: "'state_dict'", detail: "it is no dict of tensors by name")
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

  /// Why a closed object cannot stand where plain data is asked for; nil for plain data.
  fileprivate var refusal: CheckpointError.Problem? {
    closedObject.map { $0.isModule ? .wholeModel(name: $0.name) : .forbiddenGlobal($0.name) }
  }

  /// The kind of the value in a few words, for messages.
  var kind: String {
    switch self {
    case .array: "a numpy array"
    case .object(let object): "\(object)"
    case .dict: "a dict"
    case .list, .tuple, .set: "a list"
    default: description
    }
  }
}

/// Any object in the layouts of `torch.save`.
public enum TorchObject {
  /// Reads what `torch.save` wrote. Objects of unknown classes within it stay closed.
  ///
  /// - Throws: when the whole is such an object, or the file is damaged.
  public static func read(_ path: String) throws(CheckpointError) -> PickleValue {
    try naming(path) { () throws(CheckpointError.Problem) in
      let object = try TorchFile(ByteBlock(mapping: path), path: path).object()
      if case .object(let closed) = object { throw .forbiddenGlobal(closed.name) }
      return object
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
