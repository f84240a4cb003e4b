internal import Annotations
internal import Foundation
internal import Tensors
internal import Vision

/// The folder of `test --show-dir`: images with the predictions upon them.
struct PaintedFolder {
  private let folder: URL
  private let painter: any ResultPainter

  /// - Throws: `CommandError` when the folder cannot be made.
  init(_ folder: String, painter: any ResultPainter) throws {
    self.folder = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath)
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
      var generator = Generator(seed: 0)
      let sample = try dataset.sample(at: index, generator: &generator)
      let target = folder.appendingPathComponent(sample.meta.originalFilename)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try painter.paint(
        prediction, classes: classes, on: sample.meta.filename, to: target.path)
    }
  }

  func tell() {
    print("painted images are in \(folder.path)")
  }
}
