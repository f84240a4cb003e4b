public import Logging
internal import NN
internal import Vision

/// Counts iterations, over as many passes through the data as it takes.
public final class IterBasedRunner: Runner {
  public init(
    model: any TrainableModel, optimizers: OptimizerSet, setup: RunSetup, logger: Logger,
    maxIterations: Int
  ) {
    super.init(
      model: model, optimizers: optimizers, setup: setup, logger: logger, maxEpochs: nil,
      maxIterations: maxIterations)
  }

  public override var name: String { "IterBasedRunner" }

  public override func run(_ sources: [any BatchSource], workflow: [WorkflowStep]) throws {
    announce(workflow, length: "\(maxIterations) iters")
    // Hooks may want the length of an epoch before the first one.
    if let first = zip(workflow, sources).first(where: { $0.0.mode == .train }) {
      batchesPerEpoch = first.1.batchCount
    }
    try call(.beforeRun)
    let loops = zip(workflow, sources).map { step, source in
      let start =
        step.mode == .train
        ? Batch.Position(epoch: resumePoint.epoch, batch: resumePoint.batch)
        : Batch.Position(epoch: 0, batch: 0)
      return Loop(source: source, start: start)
    }
    for hook in hooks { try hook.beforeEpoch(self) }
    while iteration < maxIterations {
      for (step, loop) in zip(workflow, loops) {
        innerIteration = 0
        switch step.mode {
        case .train: try train(loop, count: step.count)
        case .validation: try validate(loop, count: step.count)
        }
      }
    }
    for hook in hooks { try hook.afterEpoch(self) }
    try call(.afterRun)
  }

  private func train(_ loop: Loop, count: Int) throws {
    for _ in 0..<count where iteration < maxIterations {
      model.setTraining(true)
      mode = .train
      batchesPerEpoch = loop.source.batchCount
      // As upstream: the first iteration of a pass still shows the pass before it.
      epoch = loop.next.epoch
      let batch = try loop.advance(role: "training")
      resumePoint = ResumePoint(
        iteration: iteration + 1, epoch: loop.next.epoch, batch: loop.next.batch)
      try trainStep(batch)
      innerIteration += 1
      iteration += 1
    }
  }

  /// Validates, and logs it as epochs of validation are; upstream mixes the losses into the next
  /// training log line instead.
  private func validate(_ loop: Loop, count: Int) throws {
    let trainBuffer = logBuffer
    logBuffer = LogBuffer()
    defer { logBuffer = trainBuffer }
    model.setTraining(false)
    mode = .validation
    batchesPerEpoch = loop.source.batchCount
    try call(.beforeValEpoch)
    for _ in 0..<count {
      try validationStep(try loop.advance(role: "validation"))
      innerIteration += 1
    }
    innerIteration -= 1
    try call(.afterValEpoch)
  }

  /// A source read without end, and the place in it.
  private final class Loop {
    let source: any BatchSource
    private(set) var next: Batch.Position
    private let stream: any BatchStream

    init(source: any BatchSource, start: Batch.Position) {
      self.source = source
      next = start
      stream = source.endlessStream(from: start)
    }

    func advance(role: String) throws -> Batch {
      guard let batch = try stream.next() else { throw TrainingError.noBatches(role: role) }
      next = Batch.Position(epoch: batch.position.epoch, batch: batch.position.batch + 1)
      return batch
    }
  }
}
