/// A step of a workflow with its data.
public struct WorkflowPhase {
  public let step: WorkflowStep
  public let loaders: LoaderGroup

  public init(_ step: WorkflowStep, _ loaders: LoaderGroup) {
    self.step = step
    self.loaders = loaders
  }

  /// - Throws: ``TrainingError/noBatches(role:)``
  func requireBatches() throws(TrainingError) {
    if loaders.batchCount == 0 { throw noBatches }
  }

  var noBatches: TrainingError {
    .noBatches(role: step.mode == .train ? "training" : "validation")
  }
}
