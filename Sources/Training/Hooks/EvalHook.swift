internal import Checkpoints
public import Configs
internal import Foundation
internal import Logging
internal import NN
public import Vision

/// Evaluates every so often, and keeps the best checkpoint.
public final class EvalHook: Hook {
  /// The keys of `evaluation` that say when to evaluate and which checkpoint is best.
  public struct Options: Sendable {
    /// The epoch or iteration from which on to evaluate; also before the run, when it lies behind.
    public var start: Int?
    public var interval = 1
    public var byEpoch = true
    /// The metric whose best checkpoint is kept; `auto` is the first one reported.
    public var saveBest: String?
    /// Whether larger is better; inferred from the metric's name when `nil`.
    public var rule: Rule?
    public var greaterKeys = Options.defaultGreaterKeys
    public var lessKeys = ["loss"]
    public var outDirectory: String?

    public static let defaultGreaterKeys = [
      "acc", "top", "AR@", "auc", "precision", "mAP", "mDice", "mIoU", "mAcc", "aAcc",
    ]

    public init(byEpoch: Bool = true) {
      self.byEpoch = byEpoch
    }
  }

  public enum Rule: String, CaseIterable, Sendable {
    case greater, less

    func prefers(_ score: Double, to best: Double) -> Bool {
      self == .greater ? score > best : score < best
    }

    /// A score that every other beats.
    var worst: Double { self == .greater ? -.infinity : .infinity }
  }

  public let name = "EvalHook"
  public let options: Options
  public let source: any BatchSource
  /// An evaluator that has seen nothing; each evaluation uses a copy.
  private let evaluator: any Evaluator

  public var stages: Set<HookStage> {
    [
      .beforeRun, .beforeTrainEpoch, .beforeTrainIteration, .afterTrainIteration,
      .afterTrainEpoch,
    ]
  }

  private var directory = ""
  private var isBeforeFirst = true
  private var bestPath: String?
  private var key: String?
  private var rule: Rule?

  /// - Parameter evaluator: made by the data set of `source`; it must have seen nothing.
  public init(_ options: Options, evaluator: any Evaluator, source: any BatchSource) {
    self.options = options
    self.evaluator = evaluator
    self.source = source
    key = options.saveBest
    rule = options.rule
    if let metric = options.saveBest, metric != "auto", rule == nil {
      rule = options.inferredRule(for: metric)
    }
  }

  public func beforeRun(_ runner: Runner) throws {
    directory = OutputDirectory.path(options.outDirectory, for: runner)
    if directory != runner.setup.workDirectory {
      runner.logger.info("The best checkpoint will be saved to \(directory) by HardDiskBackend")
      try OutputDirectory.create(directory)
    }
    if options.saveBest != nil {
      runner.openHookMessages()
      bestPath = runner.hookMessage("best_ckpt")?.text
    }
  }

  public func beforeTrainIteration(_ runner: Runner) throws {
    guard !options.byEpoch, isBeforeFirst else { return }
    isBeforeFirst = false
    if let start = options.start, runner.iteration >= start {
      try afterTrainIteration(runner)
      runner.model.setTraining(true)
    }
  }

  public func beforeTrainEpoch(_ runner: Runner) throws {
    guard options.byEpoch, isBeforeFirst else { return }
    isBeforeFirst = false
    if let start = options.start, runner.epoch >= start {
      try afterTrainEpoch(runner)
      runner.model.setTraining(true)
    }
  }

  public func afterTrainIteration(_ runner: Runner) throws {
    guard !options.byEpoch, isDue(runner) else { return }
    // Loggers run later than this hook; what they have to say of the training comes first.
    for case let logger as any LoggerHook in runner.hooks {
      try logger.afterTrainIteration(runner)
    }
    runner.logBuffer.clear()
    try evaluate(runner)
  }

  public func afterTrainEpoch(_ runner: Runner) throws {
    if options.byEpoch, isDue(runner) { try evaluate(runner) }
  }

  private func isDue(_ runner: Runner) -> Bool {
    guard let start = options.start else {
      return options.byEpoch
        ? runner.everyEpochs(options.interval) : runner.everyIterations(options.interval)
    }
    let current = (options.byEpoch ? runner.epoch : runner.iteration) + 1
    return current >= start && (current - start).isMultiple(of: options.interval)
  }

  private func evaluate(_ runner: Runner) throws {
    var evaluator = evaluator
    try runner.model.restoringBuffers {
      try predict(runner.model, on: source) { try evaluator.add($0, at: $1) }
    }
    let entries = try evaluator.metrics()
    runner.logBuffer.show(metrics: entries, batchCount: source.batchCount)
    try keepBest(entries, runner)
  }

  private func keepBest(_ entries: [MetricEntry], _ runner: Runner) throws {
    guard let wanted = options.saveBest, let first = entries.first else { return }
    if wanted == "auto", key == "auto" {
      key = first.name
      rule = rule ?? options.inferredRule(for: first.name)
    }
    guard let key, let score = entries.first(where: { $0.name == key })?.scalar else {
      throw TrainingError.missingMetric(
        name: key ?? wanted, available: entries.filter { $0.scalar != nil }.map(\.name))
    }
    guard let rule else {
      throw ConfigError.invalidValue(
        path: "evaluation.rule",
        message: "whether a greater or a smaller '\(key)' is better must be said")
    }
    let best = runner.hookMessage("best_score")?.number ?? rule.worst
    guard rule.prefers(score, to: best) else { return }
    runner.setHookMessage("best_score", .float(score))
    if let bestPath, FileManager.default.fileExists(atPath: bestPath) {
      try OutputDirectory.remove(bestPath)
      runner.logger.info("The previous best checkpoint \(bestPath) was removed")
    }
    let unit = options.byEpoch ? "epoch" : "iter"
    let number = (options.byEpoch ? runner.epoch : runner.iteration) + 1
    let filename = "best_\(key)_\(unit)_\(number).pth"
    let path = OutputDirectory.join(directory, filename)
    bestPath = path
    runner.setHookMessage("best_ckpt", .string(path))
    try runner.saveCheckpoint(to: path)
    runner.logger.info("Now best checkpoint is saved as \(filename).")
    runner.logger.info(
      "Best \(key) is \(PythonText.fixed(score, digits: 4)) at \(number) \(unit).")
  }
}

extension EvalHook.Options {
  /// Whether larger is better, by the names of `greater_keys` and `less_keys`.
  func inferredRule(for metric: String) -> EvalHook.Rule? {
    let metric = metric.lowercased()
    let greater = greaterKeys.map { $0.lowercased() }
    let less = lessKeys.map { $0.lowercased() }
    if greater.contains(metric) { return .greater }
    if less.contains(metric) { return .less }
    if greater.contains(where: metric.contains) { return .greater }
    if less.contains(where: metric.contains) { return .less }
    return nil
  }

  /// Reads the keys of `evaluation` that are the hook's; the others are the data set's.
  public init(_ reader: inout ConfigReader, countsEpochs: Bool) throws {
    self.init(byEpoch: countsEpochs)
    let path = reader.path
    // The runner decides, as upstream, whatever the config says.
    _ = try reader.readIfPresent("by_epoch", as: Bool.self)
    interval = try reader.read("interval", default: 1)
    guard interval > 0 else {
      throw ConfigError.invalidValue(
        path: path.appending("interval"), message: "must be above 0, this is \(interval)")
    }
    start = try reader.readIfPresent("start")
    if let start, start < 0 {
      throw ConfigError.invalidValue(
        path: path.appending("start"), message: "must not be negative, this is \(start)")
    }
    saveBest = try reader.readIfPresent("save_best")
    if let name: String = try reader.readIfPresent("rule") {
      guard let rule = EvalHook.Rule(rawValue: name) else {
        throw ConfigError.invalidValue(
          path: path.appending("rule"), message: "must be 'greater' or 'less', not '\(name)'")
      }
      self.rule = rule
    }
    greaterKeys = try reader.readNames("greater_keys") ?? greaterKeys
    lessKeys = try reader.readNames("less_keys") ?? lessKeys
    outDirectory = try reader.readIfPresent("out_dir")
    try OutputDirectory.requireDisk(&reader)
    // Options of distributed runs.
    for key in ["broadcast_bn_buffer", "gpu_collect"] {
      _ = try reader.readIfPresent(key, as: Bool.self)
    }
    _ = try reader.readIfPresent("tmpdir", as: String.self)
    if let saveBest, saveBest != "auto", rule == nil, inferredRule(for: saveBest) == nil {
      throw ConfigError.invalidValue(
        path: path.appending("rule"),
        message: "whether a greater or a smaller '\(saveBest)' is better must be said")
    }
  }
}
