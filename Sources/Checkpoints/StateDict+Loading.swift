internal import Dispatch
internal import OrderedCollections
internal import Synchronization
public import Tensors

extension StateDict {
  /// Finds the value of each entry of a model, converts it to the entry's type on the entry's
  /// device, and hands it to `apply`.
  ///
  /// Keys count as they are; a prefix is taken off before with ``strippingPrefix(_:)``. Nothing is
  /// applied if a value cannot be read.
  ///
  /// - Parameters:
  ///   - entries: a model's parameters and buffers, in order. A name may occur once.
  ///   - apply: is given the index of an entry and its value, row-major.
  /// - Returns: what fitted and what did not, as PyTorch's `load_state_dict` decides it.
  /// - Throws: when a value is damaged in the file, or an entry of the model is no tensor there.
  public func load(
    into entries: [(name: String, tensor: Tensor)],
    apply: (_ index: Int, _ value: Tensor) -> Void
  ) throws(CheckpointError) -> LoadReport {
    var report = LoadReport()
    var jobs: [(index: Int, source: StoredTensor, target: Tensor)] = []
    var wanted: Set<String> = []
    for (index, (name, current)) in entries.enumerated() {
      wanted.insert(name)
      guard var source = tensors[name] else {
        if let found = otherEntries[name] {
          throw CheckpointError(path: path, problem: .noTensor(entry: name, found: found.kind))
        }
        report.missing.append(name)
        continue
      }
      if source.shape == [1] && current.shape.rank == 0 {
        // PyTorch before 0.4 had no tensors without axes.
        source = source.reshapedKeepingElements(current.shape)
      }
      guard source.shape == current.shape else {
        report.mismatched.append(
          .init(name: name, inCheckpoint: source.shape, inModel: current.shape))
        continue
      }
      report.applied.append(name)
      let target = Tensor.uninitialized(current.shape, dtype: current.dtype, on: current.device)
      jobs.append((index, source, target))
    }
    report.unexpected = tensors.keys.filter { !wanted.contains($0) }

    try Self.copyAll(jobs.map { ($0.source, $0.target) })
    for job in jobs { apply(job.index, job.target) }
    return report
  }

  /// Copies on all processors, the checksums of the file along with the copies.
  private static func copyAll(
    _ pairs: [(source: StoredTensor, target: Tensor)]
  ) throws(CheckpointError) {
    let failure = Mutex<CheckpointError?>(nil)
    // Safe: the closure ends before this function does, each iteration writes to memory that no
    // other one touches, and stored tensors are only read.
    nonisolated(unsafe) let pairs = pairs
    DispatchQueue.concurrentPerform(iterations: pairs.count) { index in
      let (source, target) = pairs[index]
      do throws(CheckpointError.Problem) {
        try source.copy(to: target.storage.pointer, as: target.dtype)
      } catch {
        let error = CheckpointError(path: source.storage.path, problem: error)
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
