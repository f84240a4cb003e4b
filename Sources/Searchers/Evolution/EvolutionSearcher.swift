internal import Algorithms
internal import Checkpoints
public import Configs
public import Foundation
internal import Logging
public import SearchSpaces
internal import Tensors

/// Evolution over the subnets of a trained supernet, under a FLOPs limit.
///
/// Each epoch scores the candidates, keeps the best, and makes the next ones from those by mutation
/// and crossover (filled up with random ones where the limit leaves too few). Guo et al., "Single
/// path one-shot neural architecture search with uniform sampling" (2020), section 3.4; upstream's
/// `EvolutionSearcher`.
public final class EvolutionSearcher: Searcher {
  private let settings: EvolutionSettings
  private let mutator: any SubnetMutator
  private let evaluator: CandidateEvaluator<Subnet>
  private let sampler: ConstraintSampler
  private let folder: URL
  private let logger: Logger
  private var seed: UInt64

  private var ranking: Ranking
  private var candidates: [Subnet] = []
  /// Scores of this process: a subnet that comes up again is not evaluated again.
  private var known: [Subnet: Double] = [:]
  private var firstEpoch = 0

  /// - Parameter path: the place of `searcher` in the config, for messages.
  /// - Throws: ``SearchError`` when the algorithm has nothing to search or no subnet keeps the
  ///   limit, `ConfigError` for a metric that the data set does not have.
  public init(
    _ settings: EvolutionSettings, in context: SearchContext, path: ConfigPath
  ) throws {
    guard let search = context.algorithm.blockSearch, !context.algorithm.isRetraining,
      !search.mutator.searchSpaces.isEmpty
    else {
      throw SearchError.nothingToSearch(path: "algorithm")
    }
    self.settings = settings
    let mutator = search.mutator
    self.mutator = mutator
    folder = context.folder
    logger = context.logger
    seed = context.seed
    ranking = Ranking(limit: settings.candidateTopK)
    sampler = try ConstraintSampler(
      search, limit: settings.flopsLimit,
      path: path.appending("constraints").appending("flops"))
    evaluator = try CandidateEvaluator(
      in: context, settings: settings.scoring, path: path, activate: mutator.setSubnet)
  }

  /// Goes on from a `search_epoch_N.pkl`.
  ///
  /// - Throws: `CheckpointError` or ``SearchError`` that names the file.
  public func resume(from file: String) throws {
    let state = try SearchState(Pickle.read(file), mutator: mutator, file: file)
    firstEpoch = state.epoch
    candidates = state.candidates
    ranking = Ranking(limit: settings.candidateTopK, entries: state.ranking)
    for entry in state.ranking { known[entry.subnet] = entry.score }
    seed = state.seed ?? seed
    banner("Resume from epoch: \(state.epoch)")
  }

  /// Searches to the end and writes the best subnet.
  ///
  /// - Parameters:
  ///   - clock: the time for the name of the result.
  ///   - progress: told about passes over batches: done and all of an epoch.
  /// - Returns: the best subnet, its score, and the `final_subnet_*.yaml`.
  @discardableResult
  public func findBest(
    at clock: Date = Date(), progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws -> SearchResult {
    logSettings()
    for epoch in stride(from: firstEpoch, to: settings.maxEpoch, by: 1) {
      // Randomness of its own for each epoch, so that a resumed search needs no generator's state.
      var generator = Generator(seed: seed, key: Self.purpose, UInt64(epoch))
      while candidates.count < settings.candidatePoolSize {
        candidates.append(sampler.draw(&generator))
      }
      try evaluate(epoch: epoch, progress: progress)
      candidates = nextCandidates(&generator)
      try save(epoch: epoch + 1)
      logger.info(
        """
        Epoch:[\(epoch + 1)/\(settings.maxEpoch)], \
        top1_score: \(PythonNumber.text(ranking.entries[0].score))
        """)
    }
    return try finish(at: clock)
  }

  public func search(progress: (_ done: Int, _ all: Int) -> Void) throws {
    try findBest(progress: progress)
  }

  private static let purpose: UInt64 = 0x6576_6F6C
}

// MARK: - One epoch

extension EvolutionSearcher {
  private func evaluate(epoch: Int, progress: (Int, Int) -> Void) throws {
    var pending: [Subnet] = []
    for candidate in candidates where known[candidate] == nil && !pending.contains(candidate) {
      pending.append(candidate)
    }
    let passes = pending.count * evaluator.batchCount
    let scores = try evaluator.scores(of: pending) { progress($0, passes) }
    for (candidate, score) in zip(pending, scores) { known[candidate] = score }

    logger.info("top k scores before update: \(PythonNumber.list(ranking.scores))")
    for (number, candidate) in candidates.enumerated() {
      guard let score = known[candidate] else { continue }
      logger.info(
        """
        Epoch:[\(epoch + 1)/\(settings.maxEpoch)] Candidate:[\(number + 1)/\(candidates.count)] \
        Score:\(PythonNumber.text(score))
        """)
      ranking.insert(Ranking.Entry(score: score, subnet: candidate))
    }
    logger.info("top k scores after update: \(PythonNumber.list(ranking.scores))")
  }

  private func nextCandidates(_ generator: inout Generator) -> [Subnet] {
    let parents = ranking.entries.map(\.subnet)
    func parent() -> Subnet { parents[generator.integer(below: parents.count)] }
    let mutations = collect(settings.mutationCount) {
      mutator.mutate(parent(), probability: settings.mutationProbability, &generator)
    }
    let crossings = collect(settings.crossoverCount) {
      mutator.crossOver(parent(), parent(), &generator)
    }
    return mutations + crossings
  }

  /// Up to `count` subnets within the limit; ten tries for each.
  private func collect(_ count: Int, _ make: () -> Subnet) -> [Subnet] {
    var found: [Subnet] = []
    for _ in 0..<count * 10 where found.count < count {
      let subnet = make()
      if sampler.accepts(subnet) { found.append(subnet) }
    }
    return found
  }
}

// MARK: - Files and log

extension EvolutionSearcher {
  private func save(epoch: Int) throws {
    let state = SearchState(
      epoch: epoch, candidates: candidates, ranking: ranking.entries, seed: seed)
    try Pickle.write(
      state.pickled(by: mutator),
      to: folder.appendingPathComponent("search_epoch_\(epoch).pkl").path)
  }

  private func finish(at clock: Date) throws -> SearchResult {
    guard let best = ranking.entries.first else {
      throw SearchError.unusableState(
        file: folder.path, reason: "no candidate was evaluated; max_epoch is reached already")
    }
    mutator.setSubnet(best.subnet)
    let stamp = DateFormatter()
    stamp.locale = Locale(identifier: "en_US_POSIX")
    stamp.dateFormat = "yyyyMMdd_HHmm"
    let name = "final_subnet_\(stamp.string(from: clock)).yaml"
    let file = folder.appendingPathComponent(name)
    try AtomicFile.write(Array(best.subnet.yaml.utf8), to: file.path)
    logger.info("Search finished and \(name) saved in \(folder.relativePath).")
    return SearchResult(subnet: best.subnet, score: best.score, file: file)
  }

  private func logSettings() {
    logger.info("Experiment setting:")
    logger.info("candidate_pool_size: \(settings.candidatePoolSize)")
    logger.info("candidate_top_k: \(settings.candidateTopK)")
    logger.info("num_crossover: \(settings.crossoverCount)")
    logger.info("num_mutation: \(settings.mutationCount)")
    logger.info("mutate_prob: \(PythonNumber.text(settings.mutationProbability))")
    logger.info("max_epoch: \(settings.maxEpoch)")
    logger.info("score_key: \(settings.scoring.scoreKey)")
    logger.info("constraints: {'flops': \(PythonNumber.text(settings.flopsLimit))}")
    logger.info("\(Self.rule)")
  }

  private func banner(_ text: String) {
    logger.info("\(Self.rule)")
    logger.info("\(text)")
    logger.info("\(Self.rule)")
  }

  private static let rule = String(repeating: "#", count: 100)
}

/// What a search found.
public struct SearchResult {
  public let subnet: Subnet
  public let score: Double
  /// The `final_subnet_*.yaml`, to be named as `algorithm.mutable_cfg`.
  public let file: URL
}
