internal import Checkpoints
internal import Configs
internal import Foundation
internal import Logging

/// Saves checkpoints every so often and at the end, and keeps the newest of them.
public final class CheckpointHook: Hook {
  /// What `checkpoint_config` says.
  public struct Options: Equatable, Sendable {
    /// Epochs or iterations between checkpoints; below 1 means never.
    public var interval = -1
    public var byEpoch = true
    public var savesOptimizer = true
    /// A folder for run folders; the run's own when `nil`.
    public var outDirectory: String?
    /// How many checkpoints stay; all when below 1.
    public var keptCount = -1
    /// Whether the end of the run is saved whatever the interval.
    public var savesLast = true
    /// `{}` stands for the number of the epoch or iteration.
    public var filenameTemplate: String
    public var linksLatest = true

    public init(byEpoch: Bool = true) {
      self.byEpoch = byEpoch
      filenameTemplate = byEpoch ? "epoch_{}.pth" : "iter_{}.pth"
    }
  }

  public let name = "CheckpointHook"
  public let options: Options

  public var stages: Set<HookStage> { [.beforeRun, .afterTrainIteration, .afterTrainEpoch] }

  private var directory = ""

  public init(_ options: Options) {
    self.options = options
  }

  public func beforeRun(_ runner: Runner) throws {
    directory = OutputDirectory.path(options.outDirectory, for: runner)
    runner.logger.info("Checkpoints will be saved to \(directory) by HardDiskBackend.")
    try OutputDirectory.create(directory)
    AtomicFile.removeLeftovers(in: directory)
    if options.byEpoch, !runner.countsEpochs {
      runner.logger.warning(
        "\(name) goes by epochs, which \(runner.name) does not count: nothing will be saved")
    }
  }

  public func afterTrainEpoch(_ runner: Runner) throws {
    guard options.byEpoch else { return }
    if runner.everyEpochs(options.interval) || (options.savesLast && runner.isLastEpoch) {
      runner.logger.info("Saving checkpoint at \(runner.epoch + 1) epochs")
      try save(runner, number: runner.epoch + 1)
    }
  }

  public func afterTrainIteration(_ runner: Runner) throws {
    guard !options.byEpoch else { return }
    if runner.everyIterations(options.interval) || (options.savesLast && runner.isLastIteration) {
      runner.logger.info("Saving checkpoint at \(runner.iteration + 1) iterations")
      try save(runner, number: runner.iteration + 1)
    }
  }

  private func save(_ runner: Runner, number: Int) throws {
    let filename = options.filenameTemplate.replacing("{}", with: String(number))
    let path = OutputDirectory.join(directory, filename)
    try runner.saveCheckpoint(to: path, savesOptimizer: options.savesOptimizer)
    if options.linksLatest {
      try AtomicFile.link(OutputDirectory.join(directory, "latest.pth"), to: filename)
    }
    runner.setHookMessage("last_ckpt", .string(path))
    if options.keptCount > 0 { try removeOld(newest: number) }
  }

  /// Removes all but the newest checkpoints up to this one. Upstream steps back by the interval
  /// and so leaves one too many when the last one lies off it.
  private func removeOld(newest: Int) throws {
    let parts = options.filenameTemplate.split(
      separator: "{}", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let numbers = names.compactMap { name -> Int? in
      guard name.hasPrefix(parts[0]), name.hasSuffix(parts[1]),
        name.count > parts[0].count + parts[1].count
      else { return nil }
      return Int(name.dropFirst(parts[0].count).dropLast(parts[1].count))
    }
    let old = numbers.filter { $0 <= newest }.sorted(by: >).dropFirst(options.keptCount)
    for number in old {
      let filename = options.filenameTemplate.replacing("{}", with: String(number))
      try OutputDirectory.remove(OutputDirectory.join(directory, filename))
    }
  }
}

extension CheckpointHook {
  static func make(
    _ reader: inout ConfigReader, _ context: HookContext
  ) throws -> CheckpointHook {
    var options = Options(byEpoch: try reader.read("by_epoch", default: context.countsEpochs))
    options.interval = try reader.read("interval", default: -1)
    options.savesOptimizer = try reader.read("save_optimizer", default: true)
    options.outDirectory = try reader.readIfPresent("out_dir")
    options.keptCount = try reader.read("max_keep_ckpts", default: -1)
    options.savesLast = try reader.read("save_last", default: true)
    options.linksLatest = try reader.read("create_symlink", default: true)
    if let template: String = try reader.readIfPresent("filename_tmpl") {
      guard template.contains("{}") else {
        throw ConfigError.invalidValue(
          path: reader.path.appending("filename_tmpl"),
          message: "must contain {} for the number of the checkpoint")
      }
      options.filenameTemplate = template
    }
    // Buffers live in one place in a run of one process.
    _ = try reader.readIfPresent("sync_buffer", as: Bool.self)
    try OutputDirectory.requireDisk(&reader)
    // Command lines of upstream put the checkpoint's meta here; ours hands it to the runner.
    _ = try reader.readIfPresent("meta", as: Config.self)
    return CheckpointHook(options)
  }
}
