/// Code that runs at fixed points of a run: learning rates, optimizer steps, checkpoints, logs.
///
/// A hook names the ``stages`` it acts at, and is called at those only. As in mmcv, a hook that
/// treats training and validation alike implements ``beforeEpoch(_:)``, ``afterEpoch(_:)``,
/// ``beforeIteration(_:)`` or ``afterIteration(_:)``; the stages of either kind end there unless
/// it implements them itself.
public protocol Hook: AnyObject {
  /// The `type` under which configs know the hook, as the hook table prints it.
  var name: String { get }

  /// The stages the hook acts at.
  var stages: Set<HookStage> { get }

  func beforeRun(_ runner: Runner) throws
  func afterRun(_ runner: Runner) throws

  func beforeEpoch(_ runner: Runner) throws
  func afterEpoch(_ runner: Runner) throws
  func beforeIteration(_ runner: Runner) throws
  func afterIteration(_ runner: Runner) throws

  func beforeTrainEpoch(_ runner: Runner) throws
  func beforeTrainIteration(_ runner: Runner) throws
  func afterTrainIteration(_ runner: Runner) throws
  func afterTrainEpoch(_ runner: Runner) throws
  func beforeValEpoch(_ runner: Runner) throws
  func beforeValIteration(_ runner: Runner) throws
  func afterValIteration(_ runner: Runner) throws
  func afterValEpoch(_ runner: Runner) throws
}

/// The points of a run, in the order of the hook table. Raw values are mmcv's method names.
public enum HookStage: String, CaseIterable, Sendable {
  case beforeRun = "before_run"
  case beforeTrainEpoch = "before_train_epoch"
  case beforeTrainIteration = "before_train_iter"
  case afterTrainIteration = "after_train_iter"
  case afterTrainEpoch = "after_train_epoch"
  case beforeValEpoch = "before_val_epoch"
  case beforeValIteration = "before_val_iter"
  case afterValIteration = "after_val_iter"
  case afterValEpoch = "after_val_epoch"
  case afterRun = "after_run"
}

extension Hook {
  public func beforeRun(_ runner: Runner) throws {}
  public func afterRun(_ runner: Runner) throws {}
  public func beforeEpoch(_ runner: Runner) throws {}
  public func afterEpoch(_ runner: Runner) throws {}
  public func beforeIteration(_ runner: Runner) throws {}
  public func afterIteration(_ runner: Runner) throws {}

  public func beforeTrainEpoch(_ runner: Runner) throws { try beforeEpoch(runner) }
  public func beforeTrainIteration(_ runner: Runner) throws { try beforeIteration(runner) }
  public func afterTrainIteration(_ runner: Runner) throws { try afterIteration(runner) }
  public func afterTrainEpoch(_ runner: Runner) throws { try afterEpoch(runner) }
  public func beforeValEpoch(_ runner: Runner) throws { try beforeEpoch(runner) }
  public func beforeValIteration(_ runner: Runner) throws { try beforeIteration(runner) }
  public func afterValIteration(_ runner: Runner) throws { try afterIteration(runner) }
  public func afterValEpoch(_ runner: Runner) throws { try afterEpoch(runner) }

  func run(at stage: HookStage, _ runner: Runner) throws {
    guard stages.contains(stage) else { return }
    switch stage {
    case .beforeRun: try beforeRun(runner)
    case .beforeTrainEpoch: try beforeTrainEpoch(runner)
    case .beforeTrainIteration: try beforeTrainIteration(runner)
    case .afterTrainIteration: try afterTrainIteration(runner)
    case .afterTrainEpoch: try afterTrainEpoch(runner)
    case .beforeValEpoch: try beforeValEpoch(runner)
    case .beforeValIteration: try beforeValIteration(runner)
    case .afterValIteration: try afterValIteration(runner)
    case .afterValEpoch: try afterValEpoch(runner)
    case .afterRun: try afterRun(runner)
    }
  }
}
