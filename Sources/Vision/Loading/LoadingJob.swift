/// The state of one iteration: which samples are to be prepared, which batches are done.
struct LoadingJob: Sendable {
  private var plan: BatchPlan
  private let prefetch: Int
  /// The batches that were opened and not delivered, oldest first.
  private var open: [OpenBatch] = []
  /// The number of the oldest open batch.
  private var delivered = 0

  private struct OpenBatch: Sendable {
    let position: Batch.Position
    let indices: [Int]
    var claimed = 0
    var prepared: [SampleMaker.Prepared?]
    var missing: Int
    var joined: Result<SampleMaker.Outcome, VisionError>?
  }

  /// One sample that a worker has undertaken to prepare.
  struct Claim: Sendable {
    let sequence: Int
    let slot: Int
    let index: Int
    let position: Batch.Position
  }

  enum Delivery: Sendable {
    case batch(Result<SampleMaker.Outcome, VisionError>)
    case end
  }

  init(plan: BatchPlan, prefetch: Int) {
    self.plan = plan
    self.prefetch = prefetch
  }

  /// The next sample to prepare; `nil` while enough batches are ahead of the consumer.
  mutating func claim() -> Claim? {
    if open.last.map({ $0.claimed == $0.indices.count }) ?? true {
      guard open.count < prefetch, let next = plan.next() else { return nil }
      open.append(
        OpenBatch(
          position: next.position, indices: next.indices,
          prepared: Array(repeating: nil, count: next.indices.count),
          missing: next.indices.count))
    }
    let last = open.count - 1
    let slot = open[last].claimed
    open[last].claimed += 1
    return Claim(
      sequence: delivered + last, slot: slot, index: open[last].indices[slot],
      position: open[last].position)
  }

  /// Takes in a prepared sample; returns all samples of its batch when this was the last.
  mutating func finish(
    _ claim: Claim, with prepared: SampleMaker.Prepared
  ) -> [SampleMaker.Prepared]? {
    let place = claim.sequence - delivered
    open[place].prepared[claim.slot] = prepared
    open[place].missing -= 1
    guard open[place].missing == 0 else { return nil }
    defer { open[place].prepared = [] }
    return open[place].prepared.compactMap { $0 }
  }

  mutating func store(_ joined: Result<SampleMaker.Outcome, VisionError>, of sequence: Int) {
    open[sequence - delivered].joined = joined
  }

  /// The oldest batch once it is done; `nil` while it is not.
  mutating func deliver() -> Delivery? {
    guard let first = open.first else { return plan.isAtEnd ? .end : nil }
    guard let joined = first.joined else { return nil }
    open.removeFirst()
    delivered += 1
    return .batch(joined)
  }
}
