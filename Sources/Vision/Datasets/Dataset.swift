public import Tensors

/// Labelled pictures that can be fetched in any order from any thread.
public protocol Dataset: Sendable {
  /// The number of samples.
  var count: Int { get }
  /// The names of the classes; a label is an index into them. Upstream's `CLASSES`.
  var classes: [String] { get }
  /// The label of each sample.
  var labels: [Int] { get }
  /// Whether a loader leaves out (and counts) samples whose picture is damaged, instead of
  /// stopping there.
  var skipsCorrupt: Bool { get }

  /// The sample after the pipeline of the data set.
  ///
  /// - Parameter generator: the only source of chance: equal generators give equal samples.
  /// - Throws: ``VisionError`` that names the file.
  func sample(at index: Int, generator: inout Generator) throws(VisionError) -> Sample

  /// Compares predictions with the labels.
  ///
  /// - Parameters:
  ///   - predictions: one row of class scores per sample.
  ///   - metrics: upstream's names: `accuracy`, `precision`, `recall`, `f1_score`, `support`.
  ///   - indices: the samples that `predictions` belong to; all in order when `nil`.
  /// - Returns: values under upstream's names, in upstream's order (`accuracy_top-1` …).
  func evaluate(
    _ predictions: [[Float]], metrics: [String], options: MetricOptions, indices: [Int]?
  ) throws(VisionError) -> [MetricEntry]
}

extension Dataset {
  public var skipsCorrupt: Bool { false }

  public func evaluate(
    _ predictions: [[Float]], metrics: [String], options: MetricOptions, indices: [Int]?
  ) throws(VisionError) -> [MetricEntry] {
    let expected = indices.map { chosen in chosen.map { labels[$0] } } ?? labels
    return try ClassificationMetrics.evaluate(
      predictions, labels: expected, metrics: metrics, options: options)
  }
}
