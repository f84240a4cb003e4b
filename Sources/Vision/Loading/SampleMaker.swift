internal import Annotations
internal import Tensors

/// Prepares samples and joins them into batches; the part of loading that no thread shares.
struct SampleMaker: Sendable {
  let dataset: any Dataset
  let seed: UInt64
  let joining: BatchJoining

  init(dataset: any Dataset, seed: UInt64, joining: BatchJoining = .refuse) {
    self.dataset = dataset
    self.seed = seed
    self.joining = joining
  }

  /// A sample, or what stands in for it.
  enum Prepared: Sendable {
    case sample(Sample)
    /// Another sample in the place of one whose image is damaged, and the errors met on the way.
    case standIn(Sample, [VisionError])
    case failure(VisionError)
  }

  /// Prepares one sample. Its randomness depends on seed, epoch and place in the data set alone,
  /// and so does what stands in for it.
  func sample(at index: Int, epoch: Int) -> Prepared {
    var generator = Generator(seed: seed, key: UInt64(epoch), UInt64(index))
    var errors: [VisionError] = []
    var place = index
    while true {
      do {
        let sample = try dataset.sample(at: place, generator: &generator)
        return errors.isEmpty ? .sample(sample) : .standIn(sample.moved(to: index), errors)
      } catch {
        guard dataset.skipsCorrupt, error.concernsOneImage, errors.count < Self.attempts else {
          return .failure(errors.first ?? error)
        }
        errors.append(error)
      }
      place = another(than: index, &generator)
    }
  }

  /// How many samples may be tried in the place of a damaged one.
  private static let attempts = 100

  /// A sample of the same group.
  private func another(than index: Int, _ generator: inout Generator) -> Int {
    guard let groups = dataset.groups else { return generator.integer(below: dataset.count) }
    let others = groups.indices.filter { groups[$0] == groups[index] }
    return others[generator.integer(below: others.count)]
  }

  /// A joined batch, the errors of images for which others stand in, and those from which decoders
  /// recovered.
  struct Outcome: Sendable {
    var batch: Batch
    var skipped: [VisionError] = []
    var damaged: [VisionError] = []
  }

  /// Joins samples; the first error in order counts.
  func join(
    _ prepared: [Prepared], position: Batch.Position
  ) -> Result<Outcome, VisionError> {
    var (skipped, damaged): ([VisionError], [VisionError]) = ([], [])
    func note(_ sample: Sample) {
      guard let damage = sample.damage else { return }
      damaged.append(.damagedImage(file: sample.meta.filename, reason: damage))
    }
    var samples: [Sample] = []
    var standIns: [Int] = []
    samples.reserveCapacity(prepared.count)
    for (place, result) in prepared.enumerated() {
      switch result {
      case .sample(let sample):
        samples.append(sample)
        note(sample)
      case .standIn(let sample, let errors):
        samples.append(sample)
        standIns.append(place)
        skipped += errors
        note(sample)
      case .failure(let error):
        let canSkip = error.concernsOneImage && !dataset.skipsCorrupt
        return .failure(canSkip ? .stoppedByImage(error) : error)
      }
    }
    do {
      let batch = try Batch(
        joining: samples, position: position, by: joining, standIns: standIns)
      return .success(Outcome(batch: batch, skipped: skipped, damaged: damaged))
    } catch {
      return .failure(error)
    }
  }
}

extension VisionError {
  /// Whether another image would not meet the error.
  var concernsOneImage: Bool {
    switch self {
    case .unreadable, .notAnImage, .corruptImage, .unsupportedImage: true
    default: false
    }
  }
}
