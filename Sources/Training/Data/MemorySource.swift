public import Vision

/// Batches that are kept, so that each of many evaluations reads the same ones without decoding
/// pictures again.
public struct MemorySource: BatchSource {
  public let dataset: any Dataset
  public let batches: [Batch]

  public init(dataset: any Dataset, batches: [Batch]) {
    self.dataset = dataset
    self.batches = batches
  }

  /// Reads the first epoch of `source` into memory.
  public init(reading source: any BatchSource) throws {
    let stream = source.stream(epoch: 0, from: 0)
    var batches: [Batch] = []
    batches.reserveCapacity(source.batchCount)
    while let batch = try stream.next() { batches.append(batch) }
    self.init(dataset: source.dataset, batches: batches)
  }

  public var batchCount: Int { batches.count }

  public func stream(epoch: Int, from start: Int) -> any BatchStream {
    Stream(batches: batches, start: Batch.Position(epoch: epoch, batch: start), isEndless: false)
  }

  public func endlessStream(from start: Batch.Position) -> any BatchStream {
    Stream(batches: batches, start: start, isEndless: true)
  }

  private final class Stream: BatchStream {
    private let batches: [Batch]
    private var position: Batch.Position
    private let isEndless: Bool

    init(batches: [Batch], start: Batch.Position, isEndless: Bool) {
      self.batches = batches
      position = start
      self.isEndless = isEndless
    }

    func next() -> Batch? {
      if isEndless, position.batch >= batches.count {
        position = Batch.Position(epoch: position.epoch + 1, batch: 0)
      }
      guard position.batch < batches.count else { return nil }
      defer { position.batch += 1 }
      return batches[position.batch].moved(to: position)
    }
  }
}
