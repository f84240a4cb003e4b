/// Measures how long iterations take, and how much of it was waiting for data.
public final class IterTimerHook: Hook {
  public let name = "IterTimerHook"

  public var stages: Set<HookStage> {
    [
      .beforeTrainEpoch, .beforeTrainIteration, .afterTrainIteration, .beforeValEpoch,
      .beforeValIteration, .afterValIteration,
    ]
  }

  private var start: ContinuousClock.Instant?

  public init() {}

  public func beforeEpoch(_ runner: Runner) throws {
    start = .now
  }

  public func beforeIteration(_ runner: Runner) throws {
    runner.logBuffer.update([("data_time", elapsed)])
  }

  public func afterIteration(_ runner: Runner) throws {
    runner.logBuffer.update([("time", elapsed)])
    start = .now
  }

  /// Seconds since the last iteration ended.
  private var elapsed: Double {
    guard let start else { return 0 }
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
