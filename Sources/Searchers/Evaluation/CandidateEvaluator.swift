internal import Algorithms
public import Configs
internal import NN
internal import Tensors
internal import Training
internal import Vision
internal import Zoo

/// Scores the candidates of a round on a data set.
///
/// Batches are the outer loop and candidates the inner one, so a picture is read and decoded once
/// for a round however many candidates there are; small data sets are kept decoded for good.
public final class CandidateEvaluator<Candidate> {
  private let algorithm: any Algorithm
  private let device: any Device
  private let activate: (Candidate) -> Void
  private var source: any BatchSource
  /// An evaluator that has seen nothing; each candidate gets a copy.
  private let evaluator: any Evaluator
  private let settings: ScoringSettings
  private let path: ConfigPath
  /// Bytes of decoded pictures that may be kept between rounds.
  private let cacheLimit: Int

  /// - Parameters:
  ///   - path: the searcher's place in the config, for messages.
  ///   - cacheLimit: bytes of decoded pictures that may be kept between rounds.
  ///   - activate: makes the algorithm's network compute a candidate.
  /// - Throws: `ConfigError` for a metric or an option that the data set does not have, and
  ///   ``SearchError/unknownScore(path:key:reported:)``.
  public init(
    in context: SearchContext, settings: ScoringSettings, path: ConfigPath,
    cacheLimit: Int = 1 << 31, activate: @escaping (Candidate) -> Void
  ) throws {
    algorithm = context.algorithm
    device = context.device
    source = context.source
    var reader = try ConfigReader(settings.evaluation, path: path)
    evaluator = try context.source.dataset.joinedEvaluator(&reader, metricKey: "metrics")
    try reader.finish()
    // Most data sets know the names of their metrics before the first image.
    let names = try evaluator.metrics().map(\.name)
    guard names.isEmpty || names.contains(settings.scoreKey) else {
      throw SearchError.unknownScore(
        path: path.appending("score_key"), key: settings.scoreKey, reported: names)
    }
    self.activate = activate
    self.settings = settings
    self.path = path
    self.cacheLimit = cacheLimit
  }

  /// The number of batches that a round passes over.
  public var batchCount: Int { source.batchCount }

  /// The score of each candidate, in order.
  ///
  /// - Parameters:
  ///   - base: what all candidates are the same as up to some layer; they share what it computes
  ///     until there.
  ///   - progress: told how many of `candidates.count * batchCount` passes are done.
  public func scores(
    of candidates: [Candidate], around base: Candidate? = nil,
    progress: (_ done: Int) -> Void = { _ in }
  ) throws -> [Double] {
    algorithm.setTraining(false)
    var evaluators = candidates.map { _ in evaluator }
    var passes = 0
    let architecture = algorithm.architecture
    // Images that are computed one by one are so on several threads.
    let prefix =
      base == nil || architecture.treatsImagesAlone ? nil : SharedPrefix(of: architecture)
    try forEachBatch { batch in
      let input = batch.input(on: device)
      let places = batch.withoutStandIns(batch.indices)
      if let base, let prefix {
        activate(base)
        try prefix.record(limit: Self.prefixLimit * input.images.shape.count) {
          _ = try architecture.predictions(input)
        }
      }
      defer { prefix?.forget() }
      for (number, candidate) in candidates.enumerated() {
        activate(candidate)
        let pass = { try architecture.predictions(input) }
        let predictions = try prefix?.reusing(pass) ?? pass()
        try evaluators[number].add(batch.withoutStandIns(predictions), at: places)
        passes += 1
        progress(passes)
      }
    }
    return try evaluators.map(score)
  }

  /// How many times the images' elements may be kept for candidates to share.
  private static var prefixLimit: Int { 40 }

  private func forEachBatch(_ body: (Batch) throws -> Void) throws {
    var collected: [Batch] = []
    var bytes = 0
    let batches = source.stream(epoch: 0, from: 0)
    while let batch = try batches.next() {
      bytes += batch.byteCount
      if bytes <= cacheLimit { collected.append(batch) } else { collected = [] }
      try body(batch)
    }
    if bytes <= cacheLimit { source = MemorySource(dataset: source.dataset, batches: collected) }
  }

  private func score(_ evaluator: any Evaluator) throws -> Double {
    let entries = try evaluator.metrics()
    guard let score = entries.first(where: { $0.name == settings.scoreKey })?.scalar else {
      throw SearchError.unknownScore(
        path: path.appending("score_key"), key: settings.scoreKey, reported: entries.map(\.name))
    }
    return score
  }
}
