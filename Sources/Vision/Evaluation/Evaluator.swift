public import Annotations

/// Compares predictions with what a data set knows, while they are made.
///
/// An evaluator keeps counts, a confusion matrix or detections, never all scores. It is a value: a
/// copy of one that has seen nothing starts another evaluation. Evaluators of several ranks are
/// merged: each takes in what the others have counted.
public protocol Evaluator: Sendable {
  /// Takes in predictions.
  ///
  /// - Parameter indices: the samples of the data set that the predictions belong to.
  /// - Throws: ``VisionError`` for predictions that do not fit the data set.
  mutating func add(_ predictions: [Prediction], at indices: [Int]) throws

  /// Everything that was counted so far, for ``merge(_:)`` of an equal evaluator.
  func partial() -> [UInt8]

  /// Adds what other evaluators have counted, on images of their own.
  ///
  /// - Throws: ``VisionError`` for bytes that no equal evaluator wrote.
  mutating func merge(_ partials: [[UInt8]]) throws

  /// The values under upstream's names, in upstream's order (`accuracy_top-1` …).
  ///
  /// An evaluator that has seen nothing gives the names that it will report, as far as it knows
  /// them, with values that mean nothing.
  func metrics() throws -> [MetricEntry]
}
