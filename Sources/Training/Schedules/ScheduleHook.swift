internal import Logging

/// Sets learning rates or momenta before each epoch or iteration: mmcv's `LrUpdaterHook` and
/// `MomentumUpdaterHook` with all their policies.
public final class ScheduleHook: Hook {
  /// What the schedule moves.
  public enum Target: Sendable {
    case learningRate
    case momentum
  }

  public let name: String
  public let target: Target
  public let policy: any SchedulePolicy
  /// Whether the policy counts epochs instead of iterations.
  public let byEpoch: Bool
  public let warmup: Warmup?
  /// Named optimizers that keep their values.
  public let frozenOptimizers: Set<String>

  public var stages: Set<HookStage> { [.beforeRun, .beforeTrainEpoch, .beforeTrainIteration] }

  /// By optimizer and group: the starting values, and the current ones without warmup.
  private var bases: [[Double]] = []
  private var regular: [[Double]] = []
  private var warmupLength: Int?

  public init(
    name: String, target: Target = .learningRate, policy: any SchedulePolicy, byEpoch: Bool = true,
    warmup: Warmup? = nil, frozenOptimizers: Set<String> = []
  ) {
    self.name = name
    self.target = target
    self.policy = policy
    self.byEpoch = byEpoch
    self.warmup = warmup
    self.frozenOptimizers = frozenOptimizers
    if case .iterations(let count) = warmup?.length { warmupLength = count }
  }

  public func beforeRun(_ runner: Runner) throws {
    if byEpoch, !runner.countsEpochs {
      runner.logger.warning(
        "\(name) goes by epochs, which \(runner.name) does not count: nothing will change")
    }
    bases = runner.optimizers.all.map { optimizer in
      optimizer.groups.indices.map { index in
        startingValue(of: &optimizer.groups[index], number: index)
      }
    }
    regular = bases
  }

  /// Remembers the starting value in the group, where a checkpoint keeps it.
  private func startingValue(of group: inout ParameterGroup, number: Int) -> Double {
    switch target {
    case .learningRate:
      let base = policy.base(
        initial: group.initialLearningRate ?? group.learningRate, group: number)
      group.initialLearningRate = group.initialLearningRate ?? base
      return base
    case .momentum:
      let base = policy.base(
        initial: group.initialMomentum ?? group.rule.momentum, group: number)
      group.initialMomentum = group.initialMomentum ?? base
      return base
    }
  }

  public func beforeTrainEpoch(_ runner: Runner) throws {
    guard byEpoch else { return }
    regular = regularValues(runner)
    set(regular, runner)
  }

  public func beforeTrainIteration(_ runner: Runner) throws {
    if !byEpoch { regular = regularValues(runner) }
    guard let warmup else {
      if !byEpoch { set(regular, runner) }
      return
    }
    let length = warmupLength(warmup, runner)
    if runner.iteration < length {
      set(
        regular.map { groups in
          groups.map { value in
            switch target {
            case .learningRate:
              warmup.rate(value, iteration: runner.iteration, length: length)
            case .momentum:
              warmup.momentum(value, iteration: runner.iteration, length: length)
            }
          }
        }, runner)
    } else if !byEpoch || runner.iteration == length {
      set(regular, runner)
    }
  }

  private func warmupLength(_ warmup: Warmup, _ runner: Runner) -> Int {
    if let warmupLength { return warmupLength }
    guard case .epochs(let count) = warmup.length else { return 0 }
    let length = count * runner.batchesPerEpoch
    warmupLength = length
    return length
  }

  private func regularValues(_ runner: Runner) -> [[Double]] {
    let position =
      byEpoch
      ? SchedulePosition(step: runner.epoch, limit: runner.maxEpochs ?? 1)
      : SchedulePosition(step: runner.iteration, limit: runner.maxIterations)
    // Groups mostly start alike: a supernet has a thousand of them.
    var memory: [Double: Double] = [:]
    return bases.map { groups in
      groups.map { base in
        if let known = memory[base] { return known }
        let value = policy.value(from: base, at: position)
        memory[base] = value
        return value
      }
    }
  }

  private func set(_ values: [[Double]], _ runner: Runner) {
    if case .named(let optimizers) = runner.optimizers {
      for ((name, optimizer), groups) in zip(optimizers, values)
      where !frozenOptimizers.contains(name) {
        set(groups, on: optimizer)
      }
    } else {
      for (optimizer, groups) in zip(runner.optimizers.all, values) { set(groups, on: optimizer) }
    }
  }

  private func set(_ values: [Double], on optimizer: Optimizer) {
    for (index, value) in values.enumerated() {
      switch target {
      case .learningRate: optimizer.groups[index].learningRate = value
      case .momentum: optimizer.groups[index].rule.momentum = value
      }
    }
  }
}
