/// The batches that an iteration will see, opened one after another.
struct BatchPlan: Sendable {
  private let sampler: any IndexSampler
  private let batchSize: Int
  private let batchCount: Int
  private let isEndless: Bool
  private var position: Batch.Position
  private var order: [Int]

  /// - Parameters:
  ///   - batchCount: batches of an epoch, without a last short one if that is dropped.
  ///   - start: the first batch.
  init(
    sampler: any IndexSampler, batchSize: Int, batchCount: Int, isEndless: Bool,
    start: Batch.Position
  ) {
    self.sampler = sampler
    self.batchSize = batchSize
    self.batchCount = batchCount
    self.isEndless = isEndless
    position = start
    order = sampler.indices(epoch: start.epoch)
  }

  var isAtEnd: Bool {
    batchCount == 0 || (!isEndless && position.batch >= batchCount)
  }

  /// The next batch's place and samples; `nil` at the end.
  mutating func next() -> (position: Batch.Position, indices: [Int])? {
    if isAtEnd { return nil }
    if position.batch >= batchCount {
      position = Batch.Position(epoch: position.epoch + 1, batch: 0)
      order = sampler.indices(epoch: position.epoch)
    }
    defer { position.batch += 1 }
    let start = position.batch * batchSize
    return (position, Array(order[start..<min(start + batchSize, order.count)]))
  }
}
