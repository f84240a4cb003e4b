internal import Algorithms
internal import ArgumentParser
internal import Configs
internal import Foundation
internal import Logging
internal import Searchers
internal import Tensors
internal import Training
internal import Vision

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Search a subnet of a trained supernet.")

  @OptionGroup var options: ConfigOptions
  @OptionGroup var taskOptions: TaskOptions

  @Argument(help: "checkpoint file", completion: .file(extensions: ["pth"]))
  var checkpoint: String

  @OptionGroup var launcher: LauncherOptions

  @Option(
    name: .customLong("work-dir"), help: "working direction is to save search result and log")
  var workDirectory: String?

  @Option(
    name: .customLong("resume-from"), help: "the search_epoch_N.pkl or latest.pkl to resume from",
    completion: .file(extensions: ["pkl"]))
  var resumeFrom: String?

  @Option(help: "device used for testing; default: the CPU")
  var device: String?

  @Flag(
    name: .customLong("fuse-conv-bn"),
    help: "accepted for compatibility: normalisation is always fused where that is faster")
  var fusesNormalization = false

  @Option(help: "random seed of the search")
  var seed: UInt64 = 0

  func run() throws {
    let name = try DeviceName(device)
    let loaded = try options.load()
    let (task, components) = try inConfig(options.config) {
      try taskOptions.open(loaded.config)
    }
    let choice = try inConfig(options.config) {
      try PrecisionChoice(loaded.config, trains: false)
    }
    let device = name.device(threads: launcher.threads, choice.precision)
    let weights = try WeightFiles.path(ofArgument: checkpoint)
    let run = try Run(
      config: loaded.config, task: task, components: components, configFile: options.config,
      workDirectory: workDirectory, device: device, dumps: false
    ) { _ in }
    choice.tell(run.logger)
    try inConfig(options.config) { try search(run, weights: weights, device: device) }
  }

  private func search(_ run: Run, weights file: String, device: any Device) throws {
    guard let settings = run.config["searcher"] else {
      throw ConfigError.missingKey(path: .root, key: "searcher")
    }
    let (task, components) = (run.task, run.components)
    let data = try DataSettings(run.config, from: components.vision, scope: task.scope)
    let dataset = try data.dataset(.test, warn: run.warn)
    let algorithm = try components.algorithm(
      of: run.config, task: task, device: device, generator: Generator(seed: seed),
      drawsWeights: false, teachers: false)
    let loader = try data.loader(
      .test, of: dataset, for: algorithm, seed: seed, warn: run.warn)
    guard !algorithm.isRetraining else {
      throw ConfigError.invalidValue(
        path: "algorithm.retraining",
        message: "must be False: what is searched is the supernet, not a subnet of it")
    }
    try loadCheckpoint(
      file, into: algorithm, requiring: .everyEntry, logger: run.logger)

    run.logger.info("build search...")
    let path: ConfigPath = "searcher"
    let searcher = try components.searchers.build(
      settings, path: path, scope: task.scope,
      context: SearchContext(
        algorithm: algorithm, device: device, source: loader,
        folder: URL(fileURLWithPath: run.workDirectory), seed: seed, logger: run.logger))
    if let resumeFrom { try searcher.resume(from: resumeFrom) }
    run.logger.info("start search...")
    let progress = SearchProgress()
    try searcher.search { done, all in progress.update(done: done, all: all) }
  }
}

/// A progress bar for each round of a search, where there is a terminal to draw it on.
private final class SearchProgress {
  private let bar = ProgressBar.forTerminal()
  private var shown = 0

  func update(done: Int, all: Int) {
    guard let bar else { return }
    if done == 1 {
      bar.start(total: all)
      shown = 0
    }
    bar.advance(by: done - shown)
    shown = done
    if done == all { bar.finish() }
  }
}
