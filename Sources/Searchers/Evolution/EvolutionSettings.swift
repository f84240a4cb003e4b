public import Configs
public import Vision

/// The fields of `searcher = dict(type='EvolutionSearcher', …)`, with upstream's defaults.
public struct EvolutionSettings: Sendable, Equatable {
  public var candidatePoolSize = 50
  public var candidateTopK = 10
  /// Candidates must have fewer FLOPs than this (multiply-adds of one image).
  public var flopsLimit = 330e6
  public var metrics = ["accuracy"]
  public var metricOptions = MetricOptions()
  public var scoreKey = "accuracy_top-1"
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
    candidatePoolSize = try Self.count("candidate_pool_size", candidatePoolSize, &reader, from: 1)
    candidateTopK = try Self.count("candidate_top_k", candidateTopK, &reader, from: 1)
    if let constraints: Config = try reader.readIfPresent("constraints") {
      var limits = try ConfigReader(constraints, path: path.appending("constraints"))
      flopsLimit = try limits.read("flops", default: flopsLimit)
      try limits.finish()
    }
    if let named: Config = try reader.readIfPresent("metrics") {
      if let name = named.text {
        metrics = [name]
      } else {
        metrics = try [String](config: named, path: path.appending("metrics"))
      }
    }
    metricOptions = try reader.readIfPresent("metric_options") ?? metricOptions
    scoreKey = try reader.read("score_key", default: scoreKey)
    maxEpoch = try Self.count("max_epoch", maxEpoch, &reader, from: 1)
    mutationCount = try Self.count("num_mutation", mutationCount, &reader, from: 0)
    crossoverCount = try Self.count("num_crossover", crossoverCount, &reader, from: 0)
    mutationProbability = try reader.read("mutate_prob", default: mutationProbability)
    guard (0...1).contains(mutationProbability) else {
      throw .invalidValue(
        path: path.appending("mutate_prob"),
        message: "a probability lies between 0 and 1, found \(mutationProbability)")
    }
  }

  private static func count(
    _ key: String, _ fallback: Int, _ reader: inout ConfigReader, from least: Int
  ) throws(ConfigError) -> Int {
    let value = try reader.read(key, default: fallback)
    guard value >= least else {
      throw .invalidValue(
        path: reader.path.appending(key), message: "must be at least \(least), found \(value)")
    }
    return value
  }
}
