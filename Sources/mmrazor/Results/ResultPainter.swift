internal import Configs
internal import Foundation
internal import Tensors
internal import Training
internal import Vision

/// Saves pictures with what a model says of them: `test --show-dir`.
struct ResultPainter {
  private let folder: URL
  private let painter: PredictionPainter

  /// - Throws: `ConfigError` for an option that is not understood, `CommandError` when the folder
  ///   cannot be made.
  init(folder: String, options: Config) throws {
    self.folder = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath)
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
    do {
      try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError.unwritable(file: folder, reason: error.localizedDescription)
    }
  }

  func paint(_ predictions: Predictions, of dataset: any Dataset, classes: [String]) throws {
    let bar = ProgressBar.forTerminal()
    bar?.start(total: predictions.scores.count)
    for (row, scores) in predictions.scores.enumerated() {
      var generator = Generator(seed: 0)
      let sample = try dataset.sample(
        at: predictions.indices?[row] ?? row, generator: &generator)
      let label = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      let name = classes.indices.contains(label) ? classes[label] : String(label)
      let target = folder.appendingPathComponent(sample.meta.originalFilename)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try painter.paint(
        [
          "pred_score: \(String(format: "%.2f", scores.isEmpty ? 0 : scores[label]))",
          "pred_label: \(label)", "pred_class: \(name)",
        ], on: sample.meta.filename, to: target.path)
      bar?.advance(by: 1)
    }
    bar?.finish()
    print("painted images are in \(folder.path)")
  }
}
