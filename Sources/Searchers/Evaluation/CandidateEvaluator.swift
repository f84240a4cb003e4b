public import Algorithms
public import Configs
internal import NN
public import SearchSpaces
public import Training
public import Vision

/// Scores the candidates of a round on a data set.
///
/// Batches are the outer loop and candidates the inner one, so a picture is read and decoded once
/// for a round however many candidates there are; small data sets are kept decoded for good.
public final class CandidateEvaluator {
  private let algorithm: any SearchableAlgorithm
  private let mutator: OneShotMutator
  private var source: any BatchSource
  private let metrics: [String]
  private let options: MetricOptions
  private let scoreKey: String
  private let path: ConfigPath
  /// Bytes of decoded pictures that may be kept between rounds.
  private let cacheLimit: Int

  /// - Parameters:
  ///   - scoreKey: the metric that counts: `accuracy_top-1`.
  ///   - path: the searcher's place in the config, for messages.
  ///   - cacheLimit: bytes of decoded pictures that may be kept between rounds.
  public init(
    algorithm: any SearchableAlgorithm, mutator: OneShotMutator, source: any BatchSource,
    metrics: [String], options: MetricOptions, scoreKey: String, path: ConfigPath,
    cacheLimit: Int = 1 << 31
  ) {
    self.algorithm = algorithm
    self.mutator = mutator
    self.source = source
    self.metrics = metrics
    self.options = options
    self.scoreKey = scoreKey
    self.path = path
    self.cacheLimit = cacheLimit
  }

  /// The number of batches that a round passes over.
  public var batchCount: Int { source.batchCount }

  /// The score of each candidate, in order.
  ///
  /// - Parameter progress: told how many of `candidates.count * batchCount` passes are done.
  public func scores(
    of candidates: [Subnet], progress: (_ done: Int) -> Void = { _ in }
  ) throws -> [Double] {
    algorithm.setTraining(false)
    var best: [BestScores] = []
    var indices: [Int] = []
    var passes = 0
    let depth = max(options.topK.max() ?? 1, 1)
    try forEachBatch { batch in
      indices += batch.indices
      for (number, candidate) in candidates.enumerated() {
        mutator.setSubnet(candidate)
        let rows = try algorithm.predict(batch)
        if best.count <= number, let row = rows.first {
          best.append(BestScores(depth: depth, classCount: row.count))
        }
        for row in rows { best[number].append(row) }
        passes += 1
        progress(passes)
      }
    }
    return try best.map { try score($0.rows, indices: indices) }
  }

  private func forEachBatch(_ body: (Batch) throws -> Void) throws {
    var collected: [Batch] = []
    var bytes = 0
    let batches = source.stream(epoch: 0, from: 0)
    while let batch = try batches.next() {
      bytes += batch.images.count * MemoryLayout<Float>.stride
      if bytes <= cacheLimit { collected.append(batch) } else { collected = [] }
      try body(batch)
    }
    if bytes <= cacheLimit { source = MemorySource(dataset: source.dataset, batches: collected) }
  }

  private func score(_ rows: [[Float]], indices: [Int]) throws -> Double {
    let entries = try source.dataset.evaluate(
      rows, metrics: metrics, options: options, indices: indices)
    guard let score = entries.first(where: { $0.name == scoreKey })?.scalar else {
      throw SearchError.unknownScore(
        path: path.appending("score_key"), key: scoreKey, reported: entries.map(\.name))
    }
    return score
  }
}
