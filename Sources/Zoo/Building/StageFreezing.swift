public import NN
internal import Tensors

/// The settings that keep parts of a backbone as they are: `frozen_stages` and `norm_eval`.
public struct StageFreezing {
  /// Parts whose parameters get no gradient.
  public let frozen: [Module]
  /// Frozen parts that also stay in evaluation mode.
  public let evaluated: [Module]
  /// Whether all normalisation stays in evaluation mode.
  public let normEvaluates: Bool

  public init(frozen: [Module], evaluated: [Module], normEvaluates: Bool) {
    self.frozen = frozen
    self.evaluated = evaluated
    self.normEvaluates = normEvaluates
  }

  /// The freezing of a stem and stages behind each other.
  ///
  /// - Parameter count: how many stages are frozen, with the stem; -1 freezes nothing.
  public init(_ count: Int, stem: Module, stages: [any Layer], normEvaluates: Bool) {
    let stages = stages.prefix(max(count, 0)).map { $0 as Module }
    self.init(
      frozen: count >= 0 ? [stem] + stages : [], evaluated: stages, normEvaluates: normEvaluates)
  }

  /// Sets the frozen parts back after the backbone was switched to training or evaluation.
  public func apply(to backbone: Module, training: Bool) {
    for part in evaluated { part.setTraining(false) }
    for part in frozen {
      for (_, parameter) in part.namedParameters() { parameter.requiresGradient = false }
    }
    guard training, normEvaluates else { return }
    backbone.forEachModule { ($0 as? BatchNorm2d)?.setTraining(false) }
  }
}
