internal import Configs
internal import Vision

/// Builds and registers the hooks that the parts of a config describe, with mmcv's priorities.
struct HookRegistration {
  let config: Config
  let catalog: Catalog<any Hook, HookContext>
  let scope: Scope
  let context: HookContext

  /// - Parameters:
  ///   - validation: what to evaluate on during the run; `nil` for no evaluation.
  ///   - training: the data set whose metrics `evaluation` must name where there is no other.
  func registerAll(
    on runner: Runner, validation: (any BatchSource)?, training: (any Dataset)?
  ) throws {
    try schedule("lr_config", .learningRate, .veryHigh, on: runner)
    try schedule("momentum_config", .momentum, .high, on: runner)
    try typed("optimizer_config", type: "OptimizerHook", .aboveNormal, isRequired: true, on: runner)
    try typed("checkpoint_config", type: "CheckpointHook", .normal, on: runner)
    runner.register(IterTimerHook(), priority: .low)
    try loggers(on: runner)
    try custom(on: runner)
    try evaluation(validation, training, on: runner)
  }

  /// Mistakes in `evaluation` are found now rather than after the first epoch.
  private func evaluation(
    _ validation: (any BatchSource)?, _ training: (any Dataset)?, on runner: Runner
  ) throws {
    var reader = try ConfigReader(part("evaluation") ?? [:], path: "evaluation")
    let options = try EvalHook.Options(&reader, countsEpochs: context.countsEpochs)
    guard let dataset = validation?.dataset ?? training else { return }
    let evaluator = try dataset.evaluator(&reader, metricKey: "metric")
    try reader.finish()
    guard let validation else { return }
    guard validation.batchCount > 0 else { throw TrainingError.noBatches(role: "evaluation") }
    runner.register(
      EvalHook(options, evaluator: evaluator, source: validation), priority: .low)
  }

  /// A part of the config that is there and not `None`.
  private func part(_ key: String) -> Config? {
    guard let entry = config[key], entry != .none else { return nil }
    return entry
  }

  private func schedule(
    _ key: String, _ target: ScheduleHook.Target, _ priority: HookPriority, on runner: Runner
  ) throws {
    guard var entry = part(key) else { return }
    let path = ConfigPath(components: [key])
    guard entry.dictionary != nil else {
      throw ConfigError.wrongType(path: path, expected: "dict", found: entry.kindName)
    }
    guard let policy = entry["policy"] else {
      throw ConfigError.missingKey(path: path, key: "policy")
    }
    let policyName = try String(config: policy, path: path.appending("policy"))
    let type = ScheduleCatalog.hookName(policy: policyName, target: target)
    guard catalog.contains(type, scope: scope) else {
      throw ConfigError.unknownType(
        path: path.appending("policy"), kind: "policy", name: policyName,
        nearest: ScheduleCatalog.nearestPolicy(policyName, target: target))
    }
    entry["policy"] = nil
    entry["type"] = .string(type)
    runner.register(
      try catalog.build(entry, path: path, scope: scope, context: context), priority: priority)
  }

  private func typed(
    _ key: String, type: String, _ priority: HookPriority, isRequired: Bool = false,
    on runner: Runner
  ) throws {
    if isRequired { _ = try config.required(key) }
    guard var entry = part(key) else { return }
    guard entry.dictionary != nil else {
      throw ConfigError.wrongType(
        path: ConfigPath(components: [key]), expected: "dict", found: entry.kindName)
    }
    if entry["type"] == nil { entry["type"] = .string(type) }
    runner.register(
      try catalog.build(
        entry, path: ConfigPath(components: [key]), scope: scope, context: context),
      priority: priority)
  }

  private func loggers(on runner: Runner) throws {
    guard let entry = part("log_config") else { return }
    var reader = try ConfigReader(entry, path: "log_config", scope: scope)
    var context = context
    context.logInterval = try reader.read("interval")
    let hooks: [Config] = try reader.read("hooks")
    try reader.finish()
    for (index, hook) in hooks.enumerated() {
      let path = ConfigPath("log_config.hooks").appending(index)
      runner.register(
        try catalog.build(hook, path: path, scope: scope, context: context), priority: .veryLow)
    }
  }

  private func custom(on runner: Runner) throws {
    guard let entry = part("custom_hooks") else { return }
    let path: ConfigPath = "custom_hooks"
    let hooks = entry.items ?? [entry]
    for (index, var hook) in hooks.enumerated() {
      let path = entry.items == nil ? path : path.appending(index)
      var priority = HookPriority.normal
      if let written = hook["priority"] {
        priority = try HookPriority(config: written, path: path.appending("priority"))
        hook["priority"] = nil
      }
      runner.register(
        try catalog.build(hook, path: path, scope: scope, context: context), priority: priority)
    }
  }
}
