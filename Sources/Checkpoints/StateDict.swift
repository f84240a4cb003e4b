public import OrderedCollections
public import Tensors

/// The named tensors of a model, in the order of its modules.
public struct StateDict {
  public var tensors: OrderedDictionary<String, StoredTensor>
  /// PyTorch's `_metadata`: versions by module path.
  public var metadata: PickleValue?
  /// Entries that are no tensors, such as `_extra_state`.
  public var otherEntries: OrderedDictionary<String, PickleValue>
  /// The file that the entries come from, for messages.
  var path = "memory"

  public init(
    _ tensors: OrderedDictionary<String, StoredTensor> = [:], metadata: PickleValue? = nil
  ) {
    self.tensors = tensors
    self.metadata = metadata
    otherEntries = [:]
  }

  /// The state of a model, to be written. Shares the tensors' memory, which must not change until
  /// the file is written.
  ///
  /// - Parameter moduleVersions: each module's path and PyTorch's format version of its class
  ///   (2 for batch normalisation, else 1).
  public init(
    _ entries: [(name: String, tensor: Tensor)],
    moduleVersions: [(path: String, version: Int)] = []
  ) {
    self.init(
      OrderedDictionary(entries.map { ($0.name, StoredTensor($0.tensor)) }) { first, _ in first })
    guard !moduleVersions.isEmpty else { return }
    var versions = PickleDictionary(kind: .ordered)
    for (path, version) in moduleVersions {
      versions[.string(path)] = ["version": .int(version)]
    }
    metadata = .dict(versions)
  }

  /// Nil unless all keys are text.
  init?(_ dictionary: PickleDictionary) {
    self.init(metadata: dictionary.attributes["_metadata"])
    tensors.reserveCapacity(dictionary.count)
    for (key, value) in dictionary.items {
      guard case .string(let name) = key else { return nil }
      if let tensor = value.tensor {
        tensors[name] = tensor
      } else {
        otherEntries[name] = value
      }
    }
  }

  /// As PyTorch pickles it.
  var pickled: PickleDictionary {
    var result = PickleDictionary(kind: .ordered)
    result.items.reserveCapacity(tensors.count)
    for (name, tensor) in tensors { result[.string(name)] = .tensor(tensor) }
    for (name, value) in otherEntries { result[.string(name)] = value }
    if let metadata { result.attributes["_metadata"] = metadata }
    return result
  }

  /// The number of bytes of all tensors.
  public var byteCount: Int { tensors.values.reduce(0) { $0 + $1.byteCount } }
}

// MARK: - Keys

extension StateDict {
  /// The same tensors without the marks of wrappers around modules: any `_orig_mod.`, which
  /// `torch.compile` puts where a module was compiled, and before everything `module.` of data
  /// parallel training, as often as it is there.
  public var unwrapped: StateDict {
    let compiled = "_orig_mod."
    guard
      tensors.keys.contains(where: { $0.hasPrefix("module.") || $0.contains(compiled) })
        || otherEntries.keys.contains(where: { $0.hasPrefix("module.") || $0.contains(compiled) })
    else { return self }
    return renamingKeys { key in
      var key = key
      if key.contains(compiled) {
        key = key.split(separator: ".", omittingEmptySubsequences: false)
          .filter { $0 != "_orig_mod" }.joined(separator: ".")
      }
      while key.hasPrefix("module.") { key.removeFirst("module.".count) }
      return key
    }
  }

  /// The same tensors, with `prefix` taken off the keys that have it, as mmcv does with `module.`
  /// of data parallel training.
  public func strippingPrefix(_ prefix: String) -> StateDict {
    renamingKeys { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
  }

  /// The tensors under the new name of their key; where two get the same, the later one.
  public func renamingKeys(_ rename: (String) -> String) -> StateDict {
    var result = self
    result.tensors = OrderedDictionary(tensors.map { (rename($0.key), $0.value) }) { $1 }
    result.otherEntries = OrderedDictionary(otherEntries.map { (rename($0.key), $0.value) }) { $1 }
    if var modules = metadata?.dictionary {
      // Module paths, renamed as the keys below them.
      modules.items = OrderedDictionary(
        modules.items.map { path, value in
          guard case .string(let path) = path else { return (path, value) }
          let renamed = rename(path.isEmpty ? "" : path + ".")
          return (.string(renamed.hasSuffix(".") ? String(renamed.dropLast()) : renamed), value)
        }
      ) { $1 }
      result.metadata = .dict(modules)
    }
    return result
  }

  /// The tensors below the module `path` only, named from there: what mmcv's
  /// `init_cfg=dict(type='Pretrained', prefix=path)` takes from a file. Where nothing begins with
  /// `path`, the wrappers of ``KeyFit`` may stand before it.
  ///
  /// - Throws: ``CheckpointError`` naming `file` if there is none.
  public func selecting(prefix path: String, from file: String) throws(CheckpointError) -> StateDict
  {
    let path = path.hasSuffix(".") ? String(path.dropLast()) : path
    let plain = unwrapped
    for wrapper in [""] + KeyFit.wrappers {
      let lead = wrapper + path + "."
      var result = StateDict()
      result.path = self.path
      for (name, tensor) in plain.tensors where name.hasPrefix(lead) {
        result.tensors[String(name.dropFirst(lead.count))] = tensor
      }
      for (name, value) in plain.otherEntries where name.hasPrefix(lead) {
        result.otherEntries[String(name.dropFirst(lead.count))] = value
      }
      if !result.tensors.isEmpty { return result }
    }
    throw CheckpointError(path: file, problem: .noEntriesWithPrefix(path))
  }
}
