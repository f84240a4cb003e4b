internal import Configs
public import Tensors

/// The samples of several data sets, one after another; upstream's `ConcatDataset`.
public struct ConcatDataset: Dataset {
  public let datasets: [any Dataset]
  public let classes: [String]
  public let labels: [Int]
  /// Whether evaluation reports each data set apart, under `0_`, `1_`, … .
  public let evaluatesSeparately: Bool
  /// The number of samples before each data set, and of all.
  private let starts: [Int]

  public init(_ datasets: [any Dataset], evaluatesSeparately: Bool = true) {
    self.datasets = datasets
    self.evaluatesSeparately = evaluatesSeparately
    classes = datasets.first?.classes ?? []
    labels = datasets.flatMap(\.labels)
    starts = datasets.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  public var count: Int { starts[starts.count - 1] }
  public var skipsCorrupt: Bool { datasets.contains { $0.skipsCorrupt } }

  public func sample(
    at index: Int, generator: inout Generator
  ) throws(VisionError) -> Sample {
    guard let part = starts.lastIndex(where: { $0 <= index }), part < datasets.count else {
      preconditionFailure("sample \(index) of \(count)")
    }
    let sample = try datasets[part].sample(at: index - starts[part], generator: &generator)
    return sample.moved(to: index)
  }

  public func evaluate(
    _ predictions: [[Float]], metrics: [String], options: MetricOptions, indices: [Int]?
  ) throws(VisionError) -> [MetricEntry] {
    guard evaluatesSeparately, indices == nil, predictions.count == count else {
      let expected = indices.map { chosen in chosen.map { labels[$0] } } ?? labels
      return try ClassificationMetrics.evaluate(
        predictions, labels: expected, metrics: metrics, options: options)
    }
    var entries: [MetricEntry] = []
    for (part, dataset) in datasets.enumerated() {
      let own = Array(predictions[starts[part]..<starts[part + 1]])
      for entry in try dataset.evaluate(own, metrics: metrics, options: options, indices: nil) {
        entries.append(MetricEntry(name: "\(part)_\(entry.name)", value: entry.value))
      }
    }
    return entries
  }
}

/// A data set several times in an epoch; upstream's `RepeatDataset`.
public struct RepeatDataset: Dataset {
  public let dataset: any Dataset
  public let times: Int

  public init(_ dataset: any Dataset, times: Int) {
    precondition(times > 0, "a data set repeated \(times) times")
    self.dataset = dataset
    self.times = times
  }

  public var count: Int { dataset.count * times }
  public var classes: [String] { dataset.classes }
  public var labels: [Int] { (0..<times).flatMap { _ in dataset.labels } }
  public var skipsCorrupt: Bool { dataset.skipsCorrupt }

  public func sample(
    at index: Int, generator: inout Generator
  ) throws(VisionError) -> Sample {
    try dataset.sample(at: index % dataset.count, generator: &generator).moved(to: index)
  }
}

extension ConcatDataset {
  init(_ reader: inout ConfigReader, _ context: VisionContext) throws {
    let configs: [Config] = try reader.read("datasets")
    let separate: Bool = try reader.read("separate_eval", default: true)
    self.init(
      try context.buildAll(
        configs, path: reader.path.appending("datasets"), scope: reader.scope),
      evaluatesSeparately: separate)
  }
}

extension RepeatDataset {
  init(_ reader: inout ConfigReader, _ context: VisionContext) throws {
    let config: Config = try reader.read("dataset")
    let times: Int = try reader.read("times")
    guard times > 0 else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("times"), message: "must be positive")
    }
    self.init(
      try context.buildDataset(
        config, path: reader.path.appending("dataset"), scope: reader.scope),
      times: times)
  }
}
