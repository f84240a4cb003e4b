internal import Algorithms
internal import Checkpoints
public import Configs
internal import Foundation
internal import Logging
public import OrderedCollections
public import Pruning

/// Slims the network step by step, each time where it costs the least accuracy, until each of the
/// wanted sizes is met.
///
/// The channels of each space are divided into equally wide bins. A step tries, for each space, to
/// take its last live bin away, and goes on with the subnet of the best score. Yu & Huang,
/// "AutoSlim: towards one-shot architecture search for channel numbers" (2019), section 3.3;
/// upstream's `GreedySearcher`.
public final class GreedySearcher: Searcher {
  /// Scores candidates, which differ from `base` in one space each.
  ///
  /// - Parameter progress: is told how many passes over batches of all are done.
  public typealias Scoring = (
    _ candidates: [ChannelBins], _ base: ChannelBins, _ progress: (_ done: Int, _ all: Int) -> Void
  ) throws -> [Double]

  private let settings: GreedySettings
  private let search: ChannelSearch
  private let score: Scoring
  private let folder: URL
  private let logger: Logger
  private let path: ConfigPath
  private var state: GreedyState

  /// - Parameters:
  ///   - path: the place of `searcher` in the config, for messages.
  ///   - scoring: what candidates are compared by; their accuracy on the context's data unless
  ///     given.
  /// - Throws: ``SearchError`` or `ConfigError` when there is nothing to slim, no subnet meets a
  ///   target, or the state to resume from does not fit.
  public init(
    _ settings: GreedySettings, in context: SearchContext, path: ConfigPath,
    scoring: Scoring? = nil
  ) throws {
    guard let search = context.algorithm.channelSearch, !context.algorithm.isRetraining,
      !search.pruner.channelSpaces.isEmpty
    else { throw SearchError.nothingToSlim(path: "algorithm") }
    let pruner = search.pruner
    pruner.setMaxChannel()
    guard let fullFLOPs = search.subnetFLOPs() else {
      throw ConfigError.invalidValue(
        path: "algorithm.input_shape",
        message: "the search needs the shape that FLOPs are stated for: (3, 224, 224)")
    }
    if let space = pruner.channelSpaces.min(by: { $0.channelCount < $1.channelCount }),
      space.channelCount < settings.maxChannelBins
    {
      throw ConfigError.invalidValue(
        path: path.appending("max_channel_bins"),
        message: "the space '\(space.id)' has \(space.channelCount) channels, "
          + "too few for \(settings.maxChannelBins) bins")
    }
    self.settings = settings
    self.search = search
    self.path = path
    folder = context.folder
    logger = context.logger
    state = GreedyState(
      bins: pruner.maxChannelBins(settings.maxChannelBins), flops: fullFLOPs)
    if let scoring {
      score = scoring
    } else {
      let evaluator = try CandidateEvaluator<ChannelBins>(
        in: context, settings: settings.scoring, path: path, activate: pruner.setChannelBins)
      score = { candidates, base, progress in
        let passes = candidates.count * evaluator.batchCount
        return try evaluator.scores(of: candidates, around: base) { progress($0, passes) }
      }
    }
    try checkTargets()
    if let file = settings.resumeFrom { try resume(from: file) }
  }

  private var pruner: any Pruner { search.pruner }

  /// Makes sure that the least subnet meets every target.
  private func checkTargets() throws(SearchError) {
    let least = state.bins.mapValues { bins in
      bins.indices.map { $0 < settings.minChannelBins }
    }
    let flops = flops(of: least)
    if let target = settings.targetFLOPs.last, flops > target {
      throw .unreachableTarget(
        path: path.appending("target_flops"), target: target, least: flops,
        minChannelBins: settings.minChannelBins)
    }
  }

  private func flops(of bins: ChannelBins) -> Int {
    pruner.setChannelBins(bins)
    return search.subnetFLOPs() ?? 0
  }
}

// MARK: - Search

extension GreedySearcher {
  /// Goes on from a `latest.pkl` of this or the original program.
  ///
  /// - Throws: `CheckpointError` or ``SearchError`` that names the file.
  public func resume(from file: String) throws {
    let file = (file as NSString).expandingTildeInPath
    let state = try GreedyState(Pickle.read(file), file: file)
    func refuse(_ reason: String) -> SearchError { .unusableState(file: file, reason: reason) }
    let known = Set(pruner.channelSpaces.map(\.id))
    guard Set(state.bins.keys) == known else {
      throw refuse("its subnet does not have the channel groups of this network")
    }
    for (spaceID, bins) in state.bins {
      guard bins.count == settings.maxChannelBins else {
        throw refuse(
          "'\(spaceID)' has \(bins.count) bins there, but \(path).max_channel_bins is "
            + "\(settings.maxChannelBins)")
      }
      guard bins.contains(true) else { throw refuse("no bin of '\(spaceID)' lives") }
    }
    let isSlimmed = state.bins.values.contains { $0.contains(false) }
    let flops = flops(of: state.bins)
    guard !isSlimmed || flops == state.flops else {
      throw refuse(
        "its subnet has \(state.flops) FLOPs there, but \(flops) here: "
          + "another network, or another algorithm.input_shape")
    }
    self.state = state
    logger.info("Resume from subnet: \(Self.text(state.bins))")
  }

  public func search(progress: (_ done: Int, _ all: Int) -> Void) throws {
    var open = settings.targetFLOPs
    for result in state.results {
      if let target = open.first, result.flops <= target { open.removeFirst() }
    }
    for target in open {
      while state.flops > target { try step(progress) }
      try record(target)
    }
    logger.info("Search models done.")
    for result in state.results {
      let file = folder.appendingPathComponent("subnet_\(result.flops).yaml")
      try AtomicFile.write(Array(result.channels.yaml.utf8), to: file.path)
    }
    logger.info("Save searched results to \(folder.relativePath)")
  }

  /// Takes away the bin that is missed least.
  private func step(_ progress: (_ done: Int, _ all: Int) -> Void) throws {
    let candidates = GreedyCandidate.all(
      around: state.bins, minChannelBins: settings.minChannelBins)
    let scores = try score(candidates.map(\.bins), state.bins, progress)
    var best: (score: Double, bins: ChannelBins)?
    for (candidate, score) in zip(candidates, scores) {
      logger.info(
        """
        Slimming group \(candidate.spaceID), \(settings.scoring.scoreKey): \
        \(PythonNumber.text(score))
        """)
      // Of equals the first wins; anything is better than a score that is no number.
      if best.map({ score > $0.score || $0.score.isNaN && !score.isNaN }) ?? true {
        best = (score, candidate.bins)
      }
    }
    guard let best else {
      throw SearchError.unreachableTarget(
        path: path.appending("target_flops"), target: settings.targetFLOPs.last ?? 0,
        least: state.flops, minChannelBins: settings.minChannelBins)
    }
    state.bins = best.bins
    state.flops = flops(of: best.bins)
    logger.info(
      "Greedy find model, score: \(PythonNumber.text(best.score)), FLOPS: \(state.flops)")
    try save()
  }

  private func record(_ target: Int) throws {
    // Bins leave out the channels that fill none, which a network that was never slimmed has.
    if state.bins.values.contains(where: { $0.contains(false) }) {
      pruner.setChannelBins(state.bins)
    } else {
      pruner.setMaxChannel()
    }
    state.results.append(
      GreedyState.Result(flops: state.flops, channels: pruner.exportSubnet()))
    logger.info("Find model flops \(state.flops) <= \(target)")
    try save()
  }

  private func save() throws {
    try Pickle.write(state.pickled, to: folder.appendingPathComponent("latest.pkl").path)
  }

  /// The bins as Python shows them.
  private static func text(_ bins: ChannelBins) -> String {
    let entries = bins.map { name, live in
      let numbers = live.map { $0 ? "1." : "0." }.joined(separator: ", ")
      return "'\(name)': tensor([\(numbers)])"
    }
    return "{" + entries.joined(separator: ", ") + "}"
  }
}
