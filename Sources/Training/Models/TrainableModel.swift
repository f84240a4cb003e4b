public import NN
public import Vision

/// What a runner trains, evaluates and saves: upstream's algorithms with `train_step`.
public protocol TrainableModel: Module {
  /// One iteration on a batch, in training mode.
  ///
  /// Usually it records the forward pass on a new tape and returns the loss; a hook then runs
  /// backward and steps the optimizer. A model that alternates between losses (sandwich rule,
  /// bilevel optimization) steps `context.optimizers` itself and returns no loss.
  func trainStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput

  /// The same losses on a batch of a `val` workflow, in evaluation mode and off the tape.
  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput

  /// Predictions for each picture of a batch, in evaluation mode: `[K]` class scores.
  func predict(_ batch: Batch) throws -> [[Float]]
}
