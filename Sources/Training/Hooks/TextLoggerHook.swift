internal import Checkpoints
internal import Configs
internal import Foundation
internal import Logging
internal import OrderedCollections

/// Writes a line to the log, and one to `.log.json`, every so many iterations and after each
/// evaluation.
public final class TextLoggerHook: LoggerHook {
  /// What an entry of `log_config.hooks` says.
  public struct Options: Equatable, Sendable {
    public var byEpoch = true
    /// Iterations between lines.
    public var interval = 10
    /// Whether the rest of an epoch that is shorter than the interval goes unreported.
    public var ignoresLast = true
    public var resetsOutput = false
    /// Iterations between reminders of the experiment's name.
    public var nameInterval = 1000
    /// A folder for run folders, which logs are copied to after the run.
    public var outDirectory: String?
    public var outSuffixes = [".log.json", ".log", ".py"]
    /// Whether logs stay where they were written, when copied.
    public var keepsLocal = true

    public init() {}
  }

  public let name = "TextLoggerHook"
  public let options: Options
  public var resetsOutput: Bool

  public var stages: Set<HookStage> {
    [
      .beforeRun, .beforeTrainEpoch, .afterTrainIteration, .afterTrainEpoch, .beforeValEpoch,
      .afterValEpoch, .afterRun,
    ]
  }

  private var startIteration = 0
  private var totalTime = 0.0
  private var jsonPath = ""

  public init(_ options: Options) {
    self.options = options
    resetsOutput = options.resetsOutput
  }

  public func beforeRun(_ runner: Runner) throws {
    let loggers = runner.hooks.compactMap { $0 as? any LoggerHook }
    loggers.last?.resetsOutput = true
    if options.outDirectory != nil {
      let target = OutputDirectory.path(options.outDirectory, for: runner)
      runner.logger.info(
        "Text logs will be saved to \(target) by HardDiskBackend after the training process.")
    }
    startIteration = runner.iteration
    jsonPath = OutputDirectory.join(
      runner.setup.workDirectory, runner.setup.timestamp + ".log.json")
    let members = runner.meta.map { (key: $0.key, value: JSONText.value($0.value)) }
    try append(JSONText.object(members))
  }

  public func beforeEpoch(_ runner: Runner) throws {
    runner.logBuffer.clear()
  }

  public func afterTrainIteration(_ runner: Runner) throws {
    let isDue =
      options.byEpoch
      ? runner.everyInnerIterations(options.interval) : runner.everyIterations(options.interval)
    if isDue || (runner.isEndOfEpoch && !options.ignoresLast) {
      runner.logBuffer.average(window: options.interval)
    }
    try logIfReady(runner)
  }

  public func afterTrainEpoch(_ runner: Runner) throws {
    try logIfReady(runner)
  }

  public func afterValEpoch(_ runner: Runner) throws {
    runner.logBuffer.average()
    try logIfReady(runner)
  }

  private func logIfReady(_ runner: Runner) throws {
    guard runner.logBuffer.isReady else { return }
    try log(runner)
    if resetsOutput { runner.logBuffer.clearOutput() }
  }

  private func log(_ runner: Runner) throws {
    let iteration =
      runner.logBuffer.takeEvaluatedBatchCount()
      ?? (options.byEpoch ? runner.innerIteration : runner.iteration) + 1
    let isTraining = runner.mode == .train
    let record = LogRecord(
      mode: isTraining && runner.logBuffer.output["time"] != nil ? .train : .validation,
      // A validation epoch is counted with the training before it.
      epoch: isTraining || !runner.countsEpochs ? runner.epoch + 1 : runner.epoch,
      iteration: iteration, rates: rates(runner), values: runner.logBuffer.output)
    if runner.everyIterations(options.nameInterval) || (options.byEpoch && runner.isEndOfEpoch),
      let experiment = runner.meta["exp_name"]?.text
    {
      runner.logger.info("Exp name: \(experiment)")
    }
    let progress: LogRecord.Progress =
      options.byEpoch
      ? .byEpoch(batchCount: runner.batchesPerEpoch) : .byIteration(count: runner.maxIterations)
    runner.logger.info("\(record.text(progress, eta: eta(record, runner)))")
    try append(record.json)
  }

  /// The seconds that the rest of the run will take at the average pace so far.
  private func eta(_ record: LogRecord, _ runner: Runner) -> Int? {
    guard record.mode == .train, let time = record.scalar("time") else { return nil }
    totalTime += time * Double(options.interval)
    let pace = totalTime / Double(runner.iteration - startIteration + 1)
    return Int(pace * Double(runner.maxIterations - runner.iteration - 1))
  }

  private func rates(_ runner: Runner) -> LogRecord.Rates {
    switch runner.optimizers {
    case .single(let optimizer): .single(optimizer.groups.first?.learningRate ?? 0)
    case .named(let optimizers):
      .named(optimizers.map { ($0.key, $0.value.groups.first?.learningRate ?? 0) })
    }
  }

  private func append(_ line: String) throws(TrainingError) {
    let file = try AppendingFile(path: jsonPath)
    try file.write(line + "\n")
  }

  public func afterRun(_ runner: Runner) throws {
    guard options.outDirectory != nil else { return }
    let source = runner.setup.workDirectory
    let target = OutputDirectory.path(options.outDirectory, for: runner)
    try OutputDirectory.create(target)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: source)) ?? []
    for name in names.sorted() where options.outSuffixes.contains(where: name.hasSuffix) {
      let from = OutputDirectory.join(source, name)
      let to = OutputDirectory.join(target, name)
      guard let contents = FileManager.default.contents(atPath: from) else { continue }
      do {
        try contents.write(to: URL(fileURLWithPath: to), options: .atomic)
      } catch {
        throw TrainingError.unwritable(path: to, reason: OutputDirectory.reason(of: error))
      }
      runner.logger.info("The file \(from) has been uploaded to \(to).")
      if !options.keepsLocal {
        try OutputDirectory.remove(from)
        runner.logger.info("\(from) was removed due to the `self.keep_local=False`")
      }
    }
  }
}

extension TextLoggerHook {
  static func make(_ reader: inout ConfigReader, _ context: HookContext) throws -> TextLoggerHook {
    var options = Options()
    options.byEpoch = try reader.read("by_epoch", default: context.countsEpochs)
    options.interval = try reader.read("interval", default: context.logInterval)
    guard options.interval > 0 else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("interval"),
        message: "must be above 0, this is \(options.interval)")
    }
    options.ignoresLast = try reader.read("ignore_last", default: true)
    options.resetsOutput = try reader.read("reset_flag", default: false)
    options.nameInterval = try reader.read("interval_exp_name", default: 1000)
    options.outDirectory = try reader.readIfPresent("out_dir")
    options.outSuffixes = try reader.readNames("out_suffix") ?? options.outSuffixes
    options.keepsLocal = try reader.read("keep_local", default: true)
    try OutputDirectory.requireDisk(&reader)
    return TextLoggerHook(options)
  }
}
