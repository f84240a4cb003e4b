public import Configs
public import Tensors

/// The samples of several data sets, one after another; upstream's `ConcatDataset`.
public struct ConcatDataset: Dataset {
  public let datasets: [any Dataset]
  public let classes: [String]
  /// Whether evaluation reports each data set apart, under `0_`, `1_`, … .
  public let evaluatesSeparately: Bool
  /// The number of samples before each data set, and of all.
  private let starts: [Int]

  public init(_ datasets: [any Dataset], evaluatesSeparately: Bool = true) {
    self.datasets = datasets
    self.evaluatesSeparately = evaluatesSeparately
    classes = datasets.first?.classes ?? []
    starts = Self.starts(of: datasets)
  }

  public var count: Int { starts[starts.count - 1] }
  public var skipsCorrupt: Bool { datasets.contains { $0.skipsCorrupt } }
  /// The groups of the parts, as long as all have some.
  public var groups: [Int]? {
    let groups = datasets.compactMap(\.groups)
    return groups.count == datasets.count ? groups.flatMap(\.self) : nil
  }

  public func sample(
    at index: Int, generator: inout Generator
  ) throws(VisionError) -> Sample {
    guard let part = starts.lastIndex(where: { $0 <= index }), part < datasets.count else {
      preconditionFailure("sample \(index) of \(count)")
    }
    let sample = try datasets[part].sample(at: index - starts[part], generator: &generator)
    return sample.moved(to: index)
  }

  public func evaluator(
    _ reader: inout ConfigReader, metricKey: String
  ) throws -> any Evaluator {
    try evaluator(&reader, metricKey: metricKey, reportsParts: evaluatesSeparately)
  }

  public func joinedEvaluator(
    _ reader: inout ConfigReader, metricKey: String
  ) throws -> any Evaluator {
    try evaluator(&reader, metricKey: metricKey, reportsParts: false)
  }

  private func evaluator(
    _ reader: inout ConfigReader, metricKey: String, reportsParts: Bool
  ) throws -> any Evaluator {
    let datasets = reportsParts ? datasets : leaves
    var parts: [any Evaluator] = []
    for dataset in datasets.dropLast() {
      var copy = reader.copied()
      parts.append(try dataset.evaluator(&copy, metricKey: metricKey))
    }
    if let last = datasets.last {
      parts.append(try last.evaluator(&reader, metricKey: metricKey))
    }
    return PartwiseEvaluator(
      parts, starts: Self.starts(of: datasets), reportsParts: reportsParts)
  }

  /// The data sets that are none of several.
  private var leaves: [any Dataset] {
    datasets.flatMap { ($0 as? ConcatDataset)?.leaves ?? [$0] }
  }

  private static func starts(of datasets: [any Dataset]) -> [Int] {
    datasets.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
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
  public var skipsCorrupt: Bool { dataset.skipsCorrupt }
  public var groups: [Int]? {
    dataset.groups.map { groups in (0..<times).flatMap { _ in groups } }
  }

  public func sample(
    at index: Int, generator: inout Generator
  ) throws(VisionError) -> Sample {
    try dataset.sample(at: index % dataset.count, generator: &generator).moved(to: index)
  }

  public func evaluator(
    _ reader: inout ConfigReader, metricKey: String
  ) throws -> any Evaluator {
    RepeatingEvaluator(
      try dataset.evaluator(&reader, metricKey: metricKey), count: dataset.count)
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
