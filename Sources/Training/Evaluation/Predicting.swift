public import Annotations
internal import NN
internal import Vision

/// Predicts every image of a source, in evaluation mode; the mode is restored afterwards.
///
/// - Parameters:
///   - progress: shown while it goes on; by default when stdout is a terminal.
///   - body: gets the predictions of each batch in order, and the images' places in the data set.
///     Images that stand in for damaged ones are left out.
public func predict(
  _ model: any TrainableModel, on source: any BatchSource,
  progress: ProgressBar? = .forTerminal(),
  _ body: ([Prediction], [Int]) throws -> Void
) throws {
  let wasTraining = model.isTraining
  model.setTraining(false)
  defer { model.setTraining(wasTraining) }
  progress?.start(total: source.dataset.count)
  var isEmpty = true
  let stream = source.stream(epoch: 0, from: 0)
  while let batch = try stream.next() {
    let predictions = try model.predict(batch)
    try body(batch.withoutStandIns(predictions), batch.withoutStandIns(batch.indices))
    isEmpty = false
    progress?.advance(by: batch.count)
  }
  progress?.finish()
  guard !isEmpty else { throw TrainingError.noBatches(role: "evaluation") }
}
