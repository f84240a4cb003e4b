public import Logging
internal import NN
internal import Vision

/// Counts epochs: passes through the data, each between its own hooks.
public final class EpochBasedRunner: Runner {
  public init(
    model: any TrainableModel, optimizers: OptimizerSet, setup: RunSetup, logger: Logger,
    maxEpochs: Int
  ) {
    super.init(
      model: model, optimizers: optimizers, setup: setup, logger: logger, maxEpochs: maxEpochs,
      maxIterations: 0)
  }

  public override var name: String { "EpochBasedRunner" }

  public override func run(_ sources: [any BatchSource], workflow: [WorkflowStep]) throws {
    let limit = maxEpochs ?? 0
    if let first = zip(workflow, sources).first(where: { $0.0.mode == .train }) {
      batchesPerEpoch = first.1.batchCount
      maxIterations = limit * batchesPerEpoch
    }
    announce(workflow, length: "\(limit) epochs")
    try call(.beforeRun)
    while epoch < limit {
      for (step, source) in zip(workflow, sources) {
        for _ in 0..<step.count {
          switch step.mode {
          case .train where epoch < limit: try train(source)
          case .train: break
          case .validation: try validate(source)
          }
        }
      }
    }
    try call(.afterRun)
  }

  private func train(_ source: any BatchSource) throws {
    guard source.batchCount > 0 else { throw TrainingError.noBatches(role: "training") }
    model.setTraining(true)
    mode = .train
    batchesPerEpoch = source.batchCount
    try call(.beforeTrainEpoch)
    let stream = source.stream(epoch: epoch, from: resumePoint.batch)
    while let batch = try stream.next() {
      // A hook may have evaluated the model in the middle of the epoch.
      innerIteration = batch.position.batch
      resumePoint = ResumePoint(
        iteration: iteration + 1, epoch: epoch, batch: innerIteration + 1)
      try trainStep(batch)
      iteration += 1
    }
    resumePoint = ResumePoint(iteration: iteration, epoch: epoch + 1, batch: 0)
    try call(.afterTrainEpoch)
    epoch += 1
  }

  private func validate(_ source: any BatchSource) throws {
    guard source.batchCount > 0 else { throw TrainingError.noBatches(role: "validation") }
    model.setTraining(false)
    mode = .validation
    batchesPerEpoch = source.batchCount
    try call(.beforeValEpoch)
    let stream = source.stream(epoch: epoch, from: 0)
    while let batch = try stream.next() {
      innerIteration = batch.position.batch
      try validationStep(batch)
    }
    try call(.afterValEpoch)
  }
}
