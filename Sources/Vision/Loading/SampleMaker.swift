internal import Tensors

/// Prepares samples and joins them into batches; the part of loading that no thread shares.
struct SampleMaker: Sendable {
  typealias Prepared = Result<Sample, VisionError>

  let dataset: any Dataset
  let seed: UInt64

  /// Prepares one sample. Its chance depends on seed, epoch and place in the data set alone.
  func sample(at index: Int, epoch: Int) -> Prepared {
    var generator = Generator(seed: seed, key: UInt64(epoch), UInt64(index))
    do {
      return .success(try dataset.sample(at: index, generator: &generator))
    } catch {
      return .failure(error)
    }
  }

  /// A joined batch and the errors of pictures that were left out.
  struct Outcome: Sendable {
    /// `nil` when every picture was left out.
    var batch: Batch?
    var skipped: [VisionError] = []
  }

  /// Joins samples; the first error in order counts, unless the data set skips such pictures.
  func join(
    _ prepared: [Prepared], position: Batch.Position
  ) -> Result<Outcome, VisionError> {
    var outcome = Outcome()
    var samples: [Sample] = []
    samples.reserveCapacity(prepared.count)
    for result in prepared {
      switch result {
      case .success(let sample):
        samples.append(sample)
      case .failure(let error) where dataset.skipsCorrupt && error.concernsOnePicture:
        outcome.skipped.append(error)
      case .failure(let error):
        return .failure(error)
      }
    }
    guard !samples.isEmpty else { return .success(outcome) }
    do {
      outcome.batch = try Batch(joining: samples, position: position)
      return .success(outcome)
    } catch {
      return .failure(error)
    }
  }
}

extension VisionError {
  /// Whether leaving out the picture cures the error.
  var concernsOnePicture: Bool {
    switch self {
    case .unreadable, .notAnImage, .corruptImage, .unsupportedImage: true
    default: false
    }
  }
}
