public import Checkpoints
public import NN
internal import Tensors

extension Module {
  /// The module's state, to be written. It shares the tensors' memory, which must not change
  /// until then.
  public var stateDict: StateDict {
    StateDict(
      stateEntries().map { ($0.name, $0.entry.value) },
      moduleVersions: namedModules().map { path, module in
        (path, module.typeNames.contains("_BatchNorm") ? 2 : 1)
      })
  }

  /// Takes over the values of a state dict, as far as names and shapes fit. The prefixes of
  /// ``KeyFit`` may be there or not.
  ///
  /// - Returns: what fitted and what did not.
  /// - Throws: `CheckpointError` when a value is damaged; nothing is taken over then.
  @discardableResult
  public func load(_ stateDict: StateDict) throws(CheckpointError) -> LoadReport {
    let entries = stateEntries()
    let (fitted, fit) = stateDict.fitted(to: entries.lazy.map(\.name))
    var report = try fitted.load(
      into: entries.map { ($0.name, $0.entry.value) }
    ) { index, value in
      switch entries[index].entry {
      case .parameter(let parameter): parameter.value = value
      case .buffer(let buffer): buffer.value = value
      }
    }
    report.keyFit = fit
    return report
  }
}
