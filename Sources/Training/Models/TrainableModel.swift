public import Annotations
public import NN
public import Vision

/// A model that a runner trains, evaluates and saves: upstream's algorithms with `train_step`.
public protocol TrainableModel: Module {
  /// How many loaders a train step takes a batch of.
  var loaderCount: Int { get }

  /// One iteration, in training mode.
  ///
  /// Usually it records the forward pass on a new tape and returns the loss; a hook then runs
  /// backward and steps the optimizer. A model that has several losses, or several optimizers
  /// (sandwich rule, bilevel optimization), goes through ``StepContext/backward(from:for:)`` and
  /// ``StepContext/step(_:clipping:)`` itself and returns no loss.
  ///
  /// - Parameter batches: one of each loader.
  func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput

  /// The same losses on a batch of a `val` workflow, in evaluation mode and off the tape.
  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput

  /// Predicts each image of a batch, in evaluation mode.
  func predict(_ batch: Batch) throws -> [Prediction]
}

extension TrainableModel {
  public var loaderCount: Int { 1 }
}
