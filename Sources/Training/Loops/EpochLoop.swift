internal import NN
internal import Vision

/// Counts epochs: passes through the data, each between its own hooks (mmcv's
/// `EpochBasedRunner`).
public struct EpochLoop: TrainingLoop {
  public let maxEpochs: Int
  public let readsSideBySide: Bool

  public init(maxEpochs: Int, readsSideBySide: Bool = false) {
    self.maxEpochs = maxEpochs
    self.readsSideBySide = readsSideBySide
  }

  public var name: String {
    readsSideBySide ? "MultiLoaderEpochBasedRunner" : "EpochBasedRunner"
  }

  public var length: RunLength { .epochs(maxEpochs) }

  public func run(_ phases: [WorkflowPhase], on runner: Runner) throws {
    if let first = phases.first(where: { $0.step.mode == .train }) {
      runner.batchesPerEpoch = first.loaders.batchCount
      runner.maxIterations = maxEpochs * runner.batchesPerEpoch
    }
    runner.announce(phases.map(\.step), length: "\(maxEpochs) epochs")
    try runner.call(.beforeRun)
    while runner.epoch < maxEpochs {
      for phase in phases {
        for _ in 0..<phase.step.count {
          switch phase.step.mode {
          case .train where runner.epoch < maxEpochs: try train(phase, runner)
          case .train: break
          case .validation: try validate(phase, runner)
          }
        }
      }
    }
    try runner.call(.afterRun)
  }

  private func train(_ phase: WorkflowPhase, _ runner: Runner) throws {
    try begin(phase, runner)
    try runner.call(.beforeTrainEpoch)
    let epoch = phase.loaders.epoch(runner.epoch, from: runner.resumePoint.place)
    while let batches = try epoch.next() {
      // A hook may have evaluated the model in the middle of the epoch.
      runner.innerIteration = batches[0].position.batch
      runner.resumePoint = ResumePoint(
        iteration: runner.iteration + 1, epoch: runner.epoch, place: LoaderPlace(behind: batches))
      try runner.trainStep(batches)
      runner.iteration += 1
    }
    runner.resumePoint = ResumePoint(iteration: runner.iteration, epoch: runner.epoch + 1)
    try runner.call(.afterTrainEpoch)
    runner.epoch += 1
  }

  private func validate(_ phase: WorkflowPhase, _ runner: Runner) throws {
    try begin(phase, runner)
    try runner.call(.beforeValEpoch)
    let epoch = phase.loaders.epoch(runner.epoch)
    while let batches = try epoch.next() {
      runner.innerIteration = batches[0].position.batch
      try runner.validationStep(batches[0])
    }
    try runner.call(.afterValEpoch)
  }

  private func begin(_ phase: WorkflowPhase, _ runner: Runner) throws {
    try phase.requireBatches()
    runner.model.setTraining(phase.step.mode == .train)
    runner.mode = phase.step.mode
    runner.batchesPerEpoch = phase.loaders.batchCount
  }
}
