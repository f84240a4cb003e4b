internal import Annotations
internal import Vision

/// The findings of `test` on a data set.
struct TestResults {
  var metrics: [MetricEntry] = []
  /// Image by image, in the order of the data set; `nil` for one that was skipped.
  var predictions: [Prediction?]
  /// The names of the classes, by label.
  let classes: [String]

  /// - Parameter imageCount: the number of images whose predictions are kept.
  init(classes: [String], imageCount: Int) {
    self.classes = classes
    predictions = Array(repeating: nil, count: imageCount)
  }
}

/// Tells and writes results as the library of a task does: `test --out`.
protocol ResultWriter: Sendable {
  /// The metrics as they are printed.
  func text(of metrics: [MetricEntry]) -> String

  /// The endings that the name of the file may have, without dots.
  var endings: [String] { get }
  /// The names that `--out-items` takes, beside `all` and `none`.
  var itemNames: [String] { get }

  /// - Parameters:
  ///   - items: names of items, `all` or `none`.
  ///   - path: a file with one of the endings.
  func write(_ results: TestResults, items: [String], to path: String) throws
}

/// Writes a prediction upon its image, as the library of a task does: `test --show-dir`.
protocol ResultPainter: Sendable {
  func paint(
    _ prediction: Prediction, classes: [String], on file: String, to target: String
  ) throws
}
