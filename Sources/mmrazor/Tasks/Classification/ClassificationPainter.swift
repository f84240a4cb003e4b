internal import Annotations
internal import Configs
internal import Foundation
internal import Vision

/// Writes the best class and its score upon an image, as mmcls does.
struct ClassificationPainter: ResultPainter {
  private let painter: PredictionPainter

  /// - Parameter options: `--show-options`.
  /// - Throws: `ConfigError` for an option that is not understood.
  init(options: Config) throws(ConfigError) {
    var painter = PredictionPainter()
    var reader = try ConfigReader(options, path: "show_options")
    painter.fontScale = try reader.read("font_scale", default: painter.fontScale)
    if let color: [Double] = try reader.readIfPresent("text_color") {
      guard color.count == 3 else {
        throw ConfigError.invalidValue(
          path: "show_options.text_color", message: "expected blue, green and red")
      }
      painter.textColor = color
    }
    try reader.finish()
    self.painter = painter
  }

  func paint(
    _ prediction: Prediction, classes: [String], on file: String, to target: String
  ) throws {
    guard let scores = prediction.classScores else { return }
    let label = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    let name = classes.indices.contains(label) ? classes[label] : String(label)
    try painter.paint(
      [
        "pred_score: \(String(format: "%.2f", scores.isEmpty ? 0 : scores[label]))",
        "pred_label: \(label)", "pred_class: \(name)",
      ], on: file, to: target)
  }
}
