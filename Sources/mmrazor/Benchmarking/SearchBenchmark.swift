internal import Algorithms
internal import Configs
internal import Foundation
internal import Kernels
internal import Logging
internal import OrderedCollections
internal import Pruning
internal import Searchers
internal import Tensors
internal import Training
internal import Vision

/// Rounds of the greedy search that a config describes, on drawn pictures.
struct SearchBenchmark {
  private let algorithm: any Algorithm
  private let pruner: any Pruner
  private let settings: GreedySettings
  private let context: SearchContext
  private let setup: BenchmarkSetup

  /// - Throws: `ConfigError` when the config describes no greedy search.
  init(_ session: BenchmarkSession) throws {
    guard let searcher = session.config["searcher"] else {
      throw ConfigError.missingKey(path: .root, key: "searcher")
    }
    let path: ConfigPath = "searcher"
    var reader = try ConfigReader(searcher, path: path)
    let type: String = try reader.read("type")
    guard type == "GreedySearcher" else {
      throw ConfigError.invalidValue(
        path: path.appending("type"), message: "only a GreedySearcher can be timed, found '\(type)'"
      )
    }
    settings = try GreedySettings(&reader)
    try reader.finish()
    let algorithm = session.algorithm
    guard let search = algorithm.channelSearch, !algorithm.isRetraining
    else { throw SearchError.nothingToSlim(path: "algorithm") }
    self.algorithm = algorithm
    pruner = search.pruner
    setup = session.setup
    let batches = (0..<setup.batchCount).map {
      BenchmarkSession.randomBatch(
        $0, session.setup, channels: algorithm.architecture.inChannels)
    }
    context = SearchContext(
      algorithm: algorithm, device: session.device,
      source: MemorySource(
        dataset: DrawnDataset(labels: batches.compactMap(\.labels).flatMap(\.self)),
        batches: batches),
      folder: FileManager.default.temporaryDirectory, seed: 0,
      logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Times a round at each of some stages of a search.
  ///
  /// Each is warmed up by a pass of all its candidates: a search changes one bin from round to
  /// round, so its primitives are made.
  func run(report: (BenchmarkRepeat) -> Void, beforeFirst: () -> Void) throws {
    let evaluator = try evaluator(context.source)
    let bases = (0..<setup.repeats).map(base)
    if setup.warmup > 0, let first = try context.source.stream(epoch: 0, from: 0).next() {
      let short = try self.evaluator(
        MemorySource(dataset: context.source.dataset, batches: [first]))
      for base in bases { _ = try short.scores(of: candidates(base), around: base) }
    }
    beforeFirst()
    for base in bases {
      let candidates = candidates(base)
      let start = ContinuousClock.now
      _ = try evaluator.scores(of: candidates, around: base)
      report(
        BenchmarkRepeat(
          seconds: start.duration(to: .now) / .seconds(1), subnet: Self.config(base),
          candidateCount: candidates.count))
    }
  }

  private func evaluator(_ source: any BatchSource) throws -> CandidateEvaluator<ChannelBins> {
    try CandidateEvaluator(
      in: SearchContext(
        algorithm: algorithm, device: context.device, source: source, folder: context.folder,
        seed: 0, logger: context.logger),
      settings: settings.scoring, path: "searcher", activate: pruner.setChannelBins)
  }

  private func candidates(_ base: ChannelBins) -> [ChannelBins] {
    GreedyCandidate.all(around: base, minChannelBins: settings.minChannelBins).map(\.bins)
  }

  /// Where a search stands at stage `index` of all: from the whole network on, until nearly half of
  /// the bins are gone, taken away by chance.
  private func base(_ index: Int) -> ChannelBins {
    var bins = pruner.maxChannelBins(settings.maxChannelBins)
    var generator = Generator(seed: UInt64(index))
    let names = Array(bins.keys)
    let share = names.count * settings.maxChannelBins * index / (2 * setup.repeats)
    var wanted = min(share, names.count * (settings.maxChannelBins - 1))
    while wanted > 0 {
      let name = names[generator.integer(below: names.count)]
      guard let live = bins[name]?.lastIndex(of: true), live > 0 else { continue }
      bins[name]?[live] = false
      wanted -= 1
    }
    return bins
  }

  /// How many bins of each space live.
  private static func config(_ bins: ChannelBins) -> Config {
    var result: Config = [:]
    for (space, live) in bins { result[space] = .int(live.count(where: { $0 })) }
    return result
  }
}

/// The labels of drawn images, which are in no file.
private struct DrawnDataset: LabelledDataset {
  let labels: [Int]

  var count: Int { labels.count }
  var classes: [String] { [] }

  func sample(at index: Int, generator: inout Generator) throws(VisionError) -> Sample {
    throw .unreadable(file: "drawn picture \(index)", reason: "it is in no file")
  }
}
