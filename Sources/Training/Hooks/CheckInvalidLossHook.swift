internal import Configs

/// Stops a run whose loss is infinite or not a number (mmdet's `CheckInvalidLossHook`).
public final class CheckInvalidLossHook: Hook {
  public let name = "CheckInvalidLossHook"
  /// Iterations between two looks; below 1 means never.
  public let interval: Int

  public var stages: Set<HookStage> { [.afterTrainIteration] }

  public init(interval: Int = 50) {
    self.interval = interval
  }

  convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    self.init(interval: try reader.read("interval", default: 50))
  }

  public func afterTrainIteration(_ runner: Runner) throws {
    guard runner.everyIterations(interval), let bad = runner.output?.nonFiniteLoss else { return }
    throw TrainingError.nonFiniteLoss(
      name: bad.name, value: bad.value, epoch: runner.epoch + 1, iteration: runner.iteration + 1)
  }
}
