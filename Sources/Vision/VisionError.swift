public import Configs

/// What can be wrong with data that a user supplied.
public indirect enum VisionError: Error, Equatable, Sendable {
  /// A file could not be read at all.
  case unreadable(file: String, reason: String)
  /// The content is of no picture format that can be decoded.
  case notAnImage(file: String)
  /// A picture that is damaged or cut short.
  case corruptImage(file: String, format: String, reason: String)
  case unsupportedImage(file: String, reason: String)
  /// An image of which the decoder could read a part.
  case damagedImage(file: String, reason: String)
  /// An image that cannot be read, in a data set that does not leave out such images.
  case stoppedByImage(VisionError)
  /// An image or file for which memory is too small.
  case noMemory(file: String, reason: String)
  case missingFolder(path: ConfigPath, folder: String)
  case missingFile(path: ConfigPath, file: String)
  /// A folder where a file should be.
  case notAFile(path: ConfigPath, folder: String)
  case emptyFolder(path: ConfigPath, folder: String, extensions: [String])
  case emptyAnnotations(path: ConfigPath, file: String)
  /// The folders of a data set are not as many as the classes of the config.
  case classCountMismatch(
    path: ConfigPath, dataset: String, folder: String, folders: Int, classes: Int)
  case malformedAnnotation(file: String, line: Int, text: String, reason: String)
  case labelOutOfRange(path: ConfigPath, file: String, line: Int, label: Int, classes: Int)
  /// A transform met a sample that it cannot work on.
  case transformFailed(transform: String, file: String, reason: String)
  /// The samples of one batch do not have one shape.
  case mixedShapes(first: String, firstShape: [Int], second: String, secondShape: [Int])
  /// The samples of one batch were augmented to different numbers of views.
  case mixedViews(first: String, firstCount: Int, second: String, secondCount: Int)
  case corruptArchive(file: String, reason: String)
  case unknownMetric(name: String, nearest: String?)
  case invalidMetricOption(name: String, reason: String)
  case predictionCountMismatch(predictions: Int, samples: Int)
  case predictionWidthMismatch(scores: Int, reason: String)
  /// A prediction of another task than the data set's.
  case unsuitablePrediction(expected: String, found: String)
  /// Counts of another evaluator.
  case unsuitablePartial(reason: String)
  case unwritable(file: String, reason: String)
}

extension VisionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .notAnImage(let file):
      "\(file): not a JPEG, PNG, WebP, TIFF, BMP or PNM image"
    case .corruptImage(let file, let format, let reason):
      "\(file): corrupt \(format) picture: \(reason)"
    case .damagedImage(let file, let reason):
      "\(file): \(reason); what is missing stays grey"
    case .stoppedByImage(let error):
      "\(error); with skip_corrupt=True in its config, the data set leaves out such images"
    case .unsupportedImage(let file, let reason), .noMemory(let file, let reason):
      "\(file): \(reason)"
    case .missingFolder(let path, let folder):
      "\(path): the folder '\(folder)' does not exist"
    case .missingFile(let path, let file):
      "\(path): the file '\(file)' does not exist"
    case .notAFile(let path, let folder):
      "\(path): '\(folder)' is a folder, expected a file"
    case .emptyFolder(let path, let folder, let extensions):
      "\(path): Found 0 files in subfolders of: \(folder). Supported extensions are: "
        + extensions.joined(separator: ",")
    case .emptyAnnotations(let path, let file):
      "\(path): the annotation file '\(file)' lists no samples"
    case .classCountMismatch(let path, let dataset, let folder, let folders, let classes):
      "\(path): \(dataset): The number of subfolders (\(folders)) doesn't match the number of "
        + "specified classes (\(classes)). Please check the data folder '\(folder)', or set "
        + "\(path.appending("classes"))."
    case .malformedAnnotation(let file, let line, let text, let reason):
      "\(file):\(line): \(reason): '\(text)'"
    case .labelOutOfRange(let path, let file, let line, let label, let classes):
      "\(file):\(line): label \(label) is not below the number of classes (\(classes)) of \(path)"
    case .transformFailed(let transform, let file, let reason):
      "\(file): \(transform): \(reason)"
    case .mixedShapes(let first, let firstShape, let second, let secondShape):
      "images of one batch must have one shape, but '\(first)' is \(firstShape) and '\(second)' "
        + "is \(secondShape) (height, width, channels)"
    case .mixedViews(let first, let firstCount, let second, let secondCount):
      "images of one batch must have as many views, but '\(first)' has \(firstCount) and "
        + "'\(second)' has \(secondCount)"
    case .corruptArchive(let file, let reason):
      "\(file): \(reason)"
    case .unknownMetric(let name, let nearest):
      "metric '\(name)' is not supported"
        + (nearest.map { "; did you mean '\($0)'?" }
          ?? "; known are accuracy, precision, recall, f1_score and support")
    case .invalidMetricOption(let name, let reason):
      "metric option '\(name)': \(reason)"
    case .predictionCountMismatch(let predictions, let samples):
      "\(predictions) predictions for \(samples) samples"
    case .predictionWidthMismatch(let scores, let reason):
      "predictions of \(scores) scores: \(reason)"
    case .unsuitablePrediction(let expected, let found):
      "the data set is evaluated by \(expected), but the network predicts \(found)"
    case .unsuitablePartial(let reason):
      "the counts of another process do not fit: \(reason)"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    }
  }
}
