public import Checkpoints
internal import Logging
internal import OrderedCollections

extension Runner {
  /// Writes model, optimizers and the place of the run to a checkpoint.
  ///
  /// `epoch` and `iter` in its meta are numbered as upstream numbers them, and the exact place
  /// stands beside them under `run_state`.
  public func saveCheckpoint(to path: String, savesOptimizer: Bool = true) throws {
    var facts = setup.checkpointMeta
    facts.merge(meta) { _, new in new }
    facts["epoch"] = .int(epoch + 1)
    facts["iter"] = .int(iteration)
    facts["mmcv_version"] = "1.5.0"
    facts["time"] = .string(LocalTime.now.ascText)
    facts[ResumePoint.key] = resumePoint.checkpointValue(
      metaIteration: iteration, seed: setup.seed)
    var checkpoint = Checkpoint(stateDict: model.stateDict, meta: facts)
    if savesOptimizer { checkpoint.optimizer = optimizers.checkpointValue }
    try checkpoint.write(to: path)
  }

  /// Loads weights to start from; counters and optimizers stay as they are.
  public func loadWeights(from path: String) throws {
    try loadCheckpoint(path, into: model, requiring: .anyEntry, logger: logger)
  }

  /// Goes on where a checkpoint was saved, by this program or by upstream.
  ///
  /// - Parameter resumesOptimizer: whether to take over the optimizers' state, if it is there.
  public func resume(from path: String, resumesOptimizer: Bool = true) throws {
    let checkpoint = try loadCheckpoint(
      path, into: model, requiring: .everyEntry, logger: logger)
    resumePoint = try resumePoint(of: checkpoint, path: path)
    epoch = resumePoint.epoch
    iteration = resumePoint.iteration
    let messages = checkpoint.meta["hook_msgs"]?.dictionary?.textEntries ?? []
    for (name, value) in messages { setHookMessage(name, value) }
    if resumesOptimizer, let state = checkpoint.optimizer {
      try optimizers.restore(state, file: path)
    }
    warnOfLostGradients(path)
    if let stored = checkpoint.meta[ResumePoint.key]?["seed"]?.integer,
      UInt64(bitPattern: Int64(stored)) != setup.seed
    {
      logger.warning(
        "The checkpoint's run had seed \(stored): with another this one will not continue it exactly"
      )
    }
    if countsEpochs {
      logger.info("resumed epoch \(epoch), iter \(iteration)")
    } else {
      logger.info("resumed from epoch: \(epoch), iter \(iteration)")
    }
  }

  private func resumePoint(of checkpoint: Checkpoint, path: String) throws -> ResumePoint {
    // Upstream's epoch runner hands on what it resumed from: that is not about its own file.
    if let stored = checkpoint.meta[ResumePoint.key], let point = ResumePoint(stored),
      let iteration = checkpoint.meta["iter"]?.integer,
      stored["iter"].map({ $0.integer == iteration }) ?? (0...1 ~= point.iteration - iteration)
    {
      return point
    }
    guard let epoch = checkpoint.meta["epoch"]?.integer,
      let iteration = checkpoint.meta["iter"]?.integer, epoch >= 0, iteration >= 0
    else {
      throw TrainingError.incompleteCheckpoint(path: path, missing: "meta 'epoch' and 'iter'")
    }
    if countsEpochs { return ResumePoint(iteration: iteration, epoch: epoch) }
    // Upstream saves in the middle of an iteration, before it counts.
    return ResumePoint(
      iteration: iteration + 1, epoch: (iteration + 1) / max(batchesPerEpoch, 1),
      place: LoaderPlace([(iteration + 1) % max(batchesPerEpoch, 1)]))
  }

  /// Upstream's checkpoints lack the gradients that were accumulated when they were saved.
  private func warnOfLostGradients(_ path: String) {
    let window = stepOptions.cumulativeIterations
    guard !iteration.isMultiple(of: window), !optimizers.holdGradients else { return }
    logger.warning(
      """
      \(path): \(iteration % window) of the \(window) iterations of a step were done, but the \
      checkpoint does not hold their gradients: the next step goes without them
      """)
  }
}

extension ResumePoint {
  init?(_ value: PickleValue) {
    guard let iteration = value["iteration"]?.integer, let epoch = value["epoch"]?.integer,
      let batch = value["batch"]?.integer, iteration >= 0, epoch >= 0, batch >= 0
    else { return nil }
    let batches = value["batches"]?.elements?.compactMap(\.integer).filter { $0 >= 0 } ?? []
    self.init(
      iteration: iteration, epoch: epoch,
      place: LoaderPlace(batches.isEmpty ? [batch] : batches))
  }

  /// - Parameter metaIteration: the `iter` of the same checkpoint's meta.
  func checkpointValue(metaIteration: Int, seed: UInt64) -> PickleValue {
    var items: PickleDictionary = [
      "iter": .int(metaIteration),
      "iteration": .int(iteration), "epoch": .int(epoch), "batch": .int(place[0]),
      "seed": .int(Int(Int64(bitPattern: seed))),
    ]
    if place.batches.count > 1 { items["batches"] = .list(place.batches.map(PickleValue.int)) }
    return .dict(items)
  }
}

// MARK: - Messages of hooks

extension Runner {
  /// A value that a hook left for itself or others, also across a resumption: `last_ckpt`,
  /// `best_score`.
  public func hookMessage(_ name: String) -> PickleValue? {
    meta["hook_msgs"]?[.string(name)]
  }

  public func setHookMessage(_ name: String, _ value: PickleValue) {
    var messages = meta["hook_msgs"]?.dictionary ?? [:]
    messages[.string(name)] = value
    meta["hook_msgs"] = .dict(messages)
  }

  /// Makes room for messages, so that logs and checkpoints show that there are none.
  func openHookMessages() {
    if meta["hook_msgs"] == nil { meta["hook_msgs"] = .dict([:]) }
  }
}

// MARK: - Several optimizers

extension OptimizerSet {
  /// One optimizer's state, or a dictionary of them by name.
  public var checkpointValue: PickleValue {
    switch self {
    case .single(let optimizer): return optimizer.checkpointValue
    case .named(let optimizers):
      var result = PickleDictionary()
      for (name, optimizer) in optimizers { result[.string(name)] = optimizer.checkpointValue }
      return .dict(result)
    }
  }

  /// - Throws: ``TrainingError/unsuitableOptimizerState(path:reason:)``
  public func restore(_ value: PickleValue, file: String) throws {
    switch self {
    case .single(let optimizer):
      try optimizer.restore(value, file: file)
    case .named(let optimizers):
      for (name, optimizer) in optimizers {
        guard let state = value[.string(name)] else {
          throw TrainingError.unsuitableOptimizerState(
            path: file, reason: "it has no optimizer '\(name)'")
        }
        try optimizer.restore(state, file: file)
      }
    }
  }
}
