internal import NN
internal import Tensors

/// What keeps parts of a backbone as they are: `frozen_stages` and `norm_eval`.
struct StageFreezing {
  let frozen: [Module]
  /// Frozen parts that also stay in evaluation mode.
  let evaluated: [Module]
  let normEvaluates: Bool

  /// Sets the frozen parts back after the backbone was switched to training or evaluation.
  func apply(to backbone: Module, training: Bool) {
    for part in evaluated { part.setTraining(false) }
    for part in frozen {
      for (_, parameter) in part.namedParameters() { parameter.requiresGradient = false }
    }
    guard training, normEvaluates else { return }
    backbone.forEachModule { ($0 as? BatchNorm2d)?.setTraining(false) }
  }
}
