/// What can go wrong in a run that its user can do something about.
public enum TrainingError: Error, Equatable, Sendable {
  /// A loss term became infinite or not a number, and a hook stops the run for it; iterations
  /// count from 1.
  case nonFiniteLoss(name: String, value: Double, epoch: Int, iteration: Int)
  case unwritable(path: String, reason: String)
  case missingCheckpoint(path: String)
  /// No, or not enough, tensors of the checkpoint fit the model; `report` names them.
  case unsuitableCheckpoint(path: String, report: String)
  /// The optimizer's state in a checkpoint has another form than the run's optimizer.
  case unsuitableOptimizerState(path: String, reason: String)
  case incompleteCheckpoint(path: String, missing: String)
  /// A data loader yields no batch in an epoch.
  case noBatches(role: String)
  /// Evaluation gave no metric of the name that `save_best` asks for.
  case missingMetric(name: String, available: [String])
  /// Several optimizers and a model that steps one for all parameters.
  case severalOptimizers(names: [String])
  /// The model steps an optimizer that the config does not name.
  case unknownOptimizer(name: String, available: [String])
  /// The model leaves the step to a hook, and there is no such hook.
  case nothingSteps
  /// The model steps its optimizers itself, and leaves a loss for a hook to step from as well.
  case stepsTwice(hook: String)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nonFiniteLoss(let name, let value, let epoch, let iteration):
      return LossWatch.message(name, value, epoch: epoch, iteration: iteration)
    case .unwritable(let path, let reason):
      return "\(path): cannot be written: \(reason)"
    case .missingCheckpoint(let path):
      return "\(path): there is no such checkpoint"
    case .unsuitableCheckpoint(let path, let report):
      return "\(path): the checkpoint does not fit the model\n\(report)"
    case .unsuitableOptimizerState(let path, let reason):
      return "\(path): the checkpoint's optimizer state does not fit: \(reason)"
    case .incompleteCheckpoint(let path, let missing):
      return "\(path): the checkpoint cannot be resumed from, it has no \(missing)"
    case .noBatches(let role):
      return "the \(role) data yields no batch; is it empty, or smaller than one batch?"
    case .missingMetric(let name, let available):
      return
        "evaluation.save_best: there is no metric '\(name)'; the data set reports "
        + available.map { "'\($0)'" }.joined(separator: ", ")
    case .severalOptimizers(let names):
      return
        "optimizer: the model is trained by a single optimizer, but the config names several: "
        + names.map { "'\($0)'" }.joined(separator: ", ")
    case .unknownOptimizer(let name, let available):
      let found =
        available.isEmpty
        ? "a single one for all parameters"
        : available.map { "'\($0)'" }.joined(separator: ", ")
      return "optimizer: the model needs an optimizer '\(name)', the config has \(found)"
    case .nothingSteps:
      return
        "optimizer_config: the model leaves the optimizer's step to a hook, so this must not "
        + "be None"
    case .stepsTwice(let hook):
      return
        "the model steps its optimizers itself, but also left a loss that \(hook) would step from"
    }
  }
}
