public import Configs
public import Tensors

/// Images with what is known of them, which can be fetched in any order from any thread.
public protocol Dataset: Sendable {
  /// The number of samples.
  var count: Int { get }
  /// The names of the classes; a label is an index into them. Upstream's `CLASSES`.
  var classes: [String] { get }
  /// Whether a loader gets by without samples whose image is damaged, instead of stopping there.
  var skipsCorrupt: Bool { get }
  /// A number for each sample; a batch of a ``GroupSampler`` has samples of one number only. `nil`
  /// where any sample may stand beside any other.
  var groups: [Int]? { get }

  /// The sample after the pipeline of the data set.
  ///
  /// - Parameter generator: the only source of randomness: equal generators give equal samples.
  /// - Throws: ``VisionError`` that names the file.
  func sample(at index: Int, generator: inout Generator) throws(VisionError) -> Sample

  /// Compares predictions with what the data set knows of its images.
  ///
  /// - Parameters:
  ///   - reader: the keys that a config says about evaluation: `metric` and the data set's own
  ///     options. Other keys are left unread.
  ///   - metricKey: the key that names the metrics.
  /// - Throws: `ConfigError` for a metric or an option that does not exist.
  func evaluator(_ reader: inout ConfigReader, metricKey: String) throws -> any Evaluator

  /// An evaluator that reports each metric once for all samples, also where ``evaluator`` reports
  /// it for parts: candidates of a search are compared by one number.
  func joinedEvaluator(_ reader: inout ConfigReader, metricKey: String) throws -> any Evaluator
}

extension Dataset {
  public var skipsCorrupt: Bool { false }
  public var groups: [Int]? { nil }

  public func joinedEvaluator(
    _ reader: inout ConfigReader, metricKey: String
  ) throws -> any Evaluator {
    try evaluator(&reader, metricKey: metricKey)
  }
}

/// Images of which each has one class.
public protocol LabelledDataset: Dataset {
  /// The label of each sample.
  var labels: [Int] { get }
}

extension LabelledDataset {
  public func evaluator(
    _ reader: inout ConfigReader, metricKey: String
  ) throws -> any Evaluator {
    try ClassificationEvaluator(labels: labels, &reader, metricKey: metricKey)
  }
}
