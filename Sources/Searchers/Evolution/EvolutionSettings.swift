public import Configs

/// The fields of `searcher = dict(type='EvolutionSearcher', …)`, with upstream's defaults.
public struct EvolutionSettings: Sendable, Equatable {
  public var candidatePoolSize = 50
  public var candidateTopK = 10
  /// Candidates must have fewer FLOPs than this (multiply-adds of one image).
  public var flopsLimit = 330e6
  public var scoring = ScoringSettings()
  public var maxEpoch = 20
  public var mutationCount = 25
  public var crossoverCount = 25
  public var mutationProbability = 0.1

  public init() {}
}

extension EvolutionSettings {
  /// - Throws: `ConfigError` for a key or value that is not understood.
  public init(_ reader: inout ConfigReader) throws(ConfigError) {
    self.init()
    let path = reader.path
    candidatePoolSize = try reader.readCount(
      "candidate_pool_size", default: candidatePoolSize, from: 1)
    candidateTopK = try reader.readCount("candidate_top_k", default: candidateTopK, from: 1)
    if let constraints: Config = try reader.readIfPresent("constraints") {
      var limits = try ConfigReader(constraints, path: path.appending("constraints"))
      flopsLimit = try limits.read("flops", default: flopsLimit)
      try limits.finish()
    }
    scoring = try ScoringSettings(&reader)
    maxEpoch = try reader.readCount("max_epoch", default: maxEpoch, from: 1)
    mutationCount = try reader.readCount("num_mutation", default: mutationCount, from: 0)
    crossoverCount = try reader.readCount("num_crossover", default: crossoverCount, from: 0)
    mutationProbability = try reader.read("mutate_prob", default: mutationProbability)
    guard (0...1).contains(mutationProbability) else {
      throw .invalidValue(
        path: path.appending("mutate_prob"),
        message: "a probability lies between 0 and 1, found \(mutationProbability)")
    }
  }
}
