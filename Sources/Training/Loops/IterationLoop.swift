internal import NN
internal import Vision

/// Counts iterations, over as many passes through the data as it takes (mmcv's
/// `IterBasedRunner`).
public struct IterationLoop: TrainingLoop {
  public let maxIterations: Int
  public let readsSideBySide: Bool

  public init(maxIterations: Int, readsSideBySide: Bool = false) {
    self.maxIterations = maxIterations
    self.readsSideBySide = readsSideBySide
  }

  public var name: String {
    readsSideBySide ? "MultiLoaderIterBasedRunner" : "IterBasedRunner"
  }

  public var length: RunLength { .iterations(maxIterations) }

  public func run(_ phases: [WorkflowPhase], on runner: Runner) throws {
    runner.announce(phases.map(\.step), length: "\(maxIterations) iters")
    // Hooks may want the length of an epoch before the first one.
    if let first = phases.first(where: { $0.step.mode == .train }) {
      runner.batchesPerEpoch = first.loaders.batchCount
    }
    try runner.call(.beforeRun)
    let passes = phases.map { phase in
      phase.step.mode == .train
        ? phase.loaders.endless(epoch: runner.resumePoint.epoch, from: runner.resumePoint.place)
        : phase.loaders.endless(epoch: 0)
    }
    for hook in runner.hooks { try hook.beforeEpoch(runner) }
    while runner.iteration < maxIterations {
      for (phase, batches) in zip(phases, passes) {
        runner.innerIteration = 0
        switch phase.step.mode {
        case .train: try train(phase, batches, runner)
        case .validation: try validate(phase, batches, runner)
        }
      }
    }
    for hook in runner.hooks { try hook.afterEpoch(runner) }
    try runner.call(.afterRun)
  }

  private func train(
    _ phase: WorkflowPhase, _ batches: EndlessBatches, _ runner: Runner
  ) throws {
    for _ in 0..<phase.step.count where runner.iteration < maxIterations {
      runner.model.setTraining(true)
      runner.mode = .train
      runner.batchesPerEpoch = phase.loaders.batchCount
      // As upstream: the first iteration of a pass still shows the pass before it.
      runner.epoch = batches.epoch
      guard let next = try batches.next() else { throw phase.noBatches }
      runner.resumePoint = ResumePoint(
        iteration: runner.iteration + 1, epoch: batches.epoch, place: batches.place)
      try runner.trainStep(next)
      runner.innerIteration += 1
      runner.iteration += 1
    }
  }

  /// Validates, and logs it as epochs of validation are; upstream mixes the losses into the next
  /// training log line instead.
  private func validate(
    _ phase: WorkflowPhase, _ batches: EndlessBatches, _ runner: Runner
  ) throws {
    let trainBuffer = runner.logBuffer
    runner.logBuffer = LogBuffer()
    defer { runner.logBuffer = trainBuffer }
    runner.model.setTraining(false)
    runner.mode = .validation
    runner.batchesPerEpoch = phase.loaders.batchCount
    try runner.call(.beforeValEpoch)
    for _ in 0..<phase.step.count {
      guard let next = try batches.next() else { throw phase.noBatches }
      try runner.validationStep(next[0])
      runner.innerIteration += 1
    }
    runner.innerIteration -= 1
    try runner.call(.afterValEpoch)
  }
}
