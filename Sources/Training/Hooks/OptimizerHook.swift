/// A hook that says how a run makes its steps, and makes those that a model leaves to it.
public protocol OptimizerStepping: Hook {
  var stepOptions: StepOptions { get }
}

/// Runs backward from the loss that a train step returned and steps the optimizer, once an
/// iteration or once for several (mmcv's `OptimizerHook` and `GradientCumulativeOptimizerHook`).
///
/// A model that goes through ``StepContext`` itself takes the hook's clipping and accumulation
/// along; the hook then has nothing to do.
public final class OptimizerHook: OptimizerStepping {
  public let name: String
  public let stepOptions: StepOptions

  public var stages: Set<HookStage> { [.afterTrainIteration] }

  /// - Parameter cumulativeIterations: `nil` for the plain hook.
  public init(
    clipping: GradientClipping? = nil, detectsAnomalousParameters: Bool = false,
    cumulativeIterations: Int? = nil
  ) {
    name = cumulativeIterations == nil ? "OptimizerHook" : "GradientCumulativeOptimizerHook"
    stepOptions = StepOptions(
      clipping: clipping, cumulativeIterations: cumulativeIterations ?? 1,
      detectsAnomalousParameters: detectsAnomalousParameters)
  }

  public func afterTrainIteration(_ runner: Runner) throws {
    if let loss = runner.output?.loss { try runner.step(from: loss) }
  }
}
