internal import NN
internal import Vision

/// What a model says about a data set.
public struct Predictions: Sendable {
  /// `[K]` class scores for each picture.
  public var scores: [[Float]]
  /// The pictures' places in the data set, when not all of them were read in order.
  public var indices: [Int]?
}

/// Predicts every picture of a source, in evaluation mode; the mode is restored afterwards.
///
/// - Parameter progress: shown while it goes on; by default when stdout is a terminal.
public func predict(
  _ model: any TrainableModel, on source: any BatchSource,
  progress: ProgressBar? = .forTerminal()
) throws -> Predictions {
  let wasTraining = model.isTraining
  model.setTraining(false)
  defer { model.setTraining(wasTraining) }
  var scores: [[Float]] = []
  var indices: [Int] = []
  scores.reserveCapacity(source.dataset.count)
  progress?.start(total: source.dataset.count)
  let stream = source.stream(epoch: 0, from: 0)
  while let batch = try stream.next() {
    scores += try model.predict(batch)
    indices += batch.indices
    progress?.advance(by: batch.count)
  }
  progress?.finish()
  guard !scores.isEmpty else { throw TrainingError.noBatches(role: "evaluation") }
  let isComplete = indices.elementsEqual(0..<source.dataset.count)
  return Predictions(scores: scores, indices: isComplete ? nil : indices)
}
