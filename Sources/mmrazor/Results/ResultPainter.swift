internal import Annotations
internal import Configs
internal import Foundation
internal import Tensors
internal import Vision

/// Saves images with the predictions written on them: `test --show-dir`.
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

  /// Paints the images of a batch.
  func paint(
    _ predictions: [Prediction], at indices: [Int], of dataset: any Dataset, classes: [String]
  ) throws {
    for (index, prediction) in zip(indices, predictions) {
      guard let scores = prediction.classScores else { continue }
      var generator = Generator(seed: 0)
      let sample = try dataset.sample(at: index, generator: &generator)
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
    }
  }

  func tell() {
    print("painted images are in \(folder.path)")
  }
}
