/// Turns a data set into batches, epoch after epoch, with worker threads that run ahead.
///
/// Order and augmentation depend on the seed alone: not on the number of workers, and not on
/// where an iteration starts. The threads live as long as the loader and end with it.
public final class DataLoader: Sendable {
  public let dataset: any Dataset
  public let batchSize: Int
  /// Upstream's `workers_per_gpu`; with 0, batches are made where they are asked for.
  public let workers: Int
  public let sampler: any IndexSampler
  /// Batches that may be under way or waiting at a time.
  public let prefetch: Int
  /// Batches of an epoch.
  public let batchCount: Int

  private let maker: SampleMaker
  private let pool: WorkerPool?
  private let skips: Monitor<NotedImages>
  private let damages: Monitor<NotedImages>
  private let warn: @Sendable (String) -> Void

  /// - Parameters:
  ///   - shuffle: whether the order is random; a data set with groups is shuffled by a
  ///     ``GroupSampler``.
  ///   - dropLast: whether a last batch that would be short is left out.
  ///   - replicas, rank: for distributed runs, see ``Sampler``.
  ///   - joining: how images of different shapes become one batch.
  ///   - warn: told once per damaged image.
  public init(
    dataset: any Dataset, batchSize: Int, workers: Int, shuffle: Bool, seed: UInt64,
    dropLast: Bool = false, prefetch: Int = 2, replicas: Int = 1, rank: Int = 0,
    roundUp: Bool = true, joining: BatchJoining = .refuse,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    precondition(
      batchSize > 0 && workers >= 0 && prefetch > 0,
      "batch size \(batchSize), \(workers) workers, prefetch \(prefetch)")
    self.dataset = dataset
    self.batchSize = batchSize
    self.workers = workers
    self.prefetch = prefetch
    let sampler: any IndexSampler =
      if shuffle, let groups = dataset.groups {
        GroupSampler(
          groups: groups, batchSize: batchSize, seed: seed, replicas: replicas, rank: rank)
      } else {
        Sampler(
          count: dataset.count, shuffles: shuffle, seed: seed, replicas: replicas, rank: rank,
          roundsUp: roundUp)
      }
    self.sampler = sampler
    batchCount =
      dropLast
      ? sampler.epochCount / batchSize : (sampler.epochCount + batchSize - 1) / batchSize
    maker = SampleMaker(dataset: dataset, seed: seed, joining: joining)
    // More threads than samples under way would have nothing to do.
    let threads = min(workers, batchSize.multipliedReportingOverflow(by: prefetch).partialValue)
    pool = workers > 0 ? WorkerPool(maker: maker, threads: max(threads, 1)) : nil
    skips = Monitor(NotedImages())
    damages = Monitor(NotedImages())
    self.warn = warn
  }

  deinit {
    pool?.shutDown()
  }

  /// The batches of one epoch.
  ///
  /// - Parameter start: how many batches to pass over, for resuming in the middle of an epoch.
  public func batches(epoch: Int, from start: Int = 0) -> BatchIterator {
    iterator(from: Batch.Position(epoch: epoch, batch: start), isEndless: false)
  }

  /// The batches from a place on, one epoch after another without end (and without a pause
  /// between epochs).
  public func endlessBatches(
    from start: Batch.Position = Batch.Position(epoch: 0, batch: 0)
  ) -> BatchIterator {
    iterator(from: start, isEndless: true)
  }

  /// Damaged images that were met so far, if the data set says to get by without them.
  public var skipped: [VisionError] {
    skips.update { $0.errors }
  }

  /// Images whose files are damaged and that were decoded as far as they go.
  public var damaged: [VisionError] {
    damages.update { $0.errors }
  }

  private func iterator(from start: Batch.Position, isEndless: Bool) -> BatchIterator {
    let plan = BatchPlan(
      sampler: sampler, batchSize: batchSize, batchCount: batchCount, isEndless: isEndless,
      start: start)
    return BatchIterator(loader: self, plan: plan, pool: pool, maker: maker)
  }

  fileprivate func note(_ outcome: SampleMaker.Outcome) {
    for error in outcome.skipped {
      if let count = skips.update({ $0.insert(error) }) {
        warn("skipped: \(error) (\(count) so far)")
      }
    }
    for error in outcome.damaged {
      if let count = damages.update({ $0.insert(error) }) {
        warn("damaged: \(error) (\(count) so far)")
      }
    }
  }
}

/// Each image once, in the order of their discovery.
private struct NotedImages: Sendable {
  var errors: [VisionError] = []
  var descriptions: Set<String> = []

  /// - Returns: how many there are now, or nil if the image was known.
  mutating func insert(_ error: VisionError) -> Int? {
    guard descriptions.insert("\(error)").inserted else { return nil }
    errors.append(error)
    return errors.count
  }
}

/// The batches of a ``DataLoader``, in order. Letting go of it stops the work on further batches.
public final class BatchIterator {
  private let loader: DataLoader
  private let maker: SampleMaker
  private var plan: BatchPlan
  private let job: (pool: WorkerPool, number: Int)?
  private var isFinished = false

  fileprivate init(loader: DataLoader, plan: BatchPlan, pool: WorkerPool?, maker: SampleMaker) {
    self.loader = loader
    self.plan = plan
    self.maker = maker
    job = pool.map { ($0, $0.start(plan, prefetch: loader.prefetch)) }
  }

  deinit {
    if let job { job.pool.cancel(job.number) }
  }

  /// The next batch; `nil` at the end.
  ///
  /// - Throws: the error of the first sample of the batch that could not be prepared; the
  ///   iteration ends there.
  public func next() throws(VisionError) -> Batch? {
    guard !isFinished else { return nil }
    guard let result = nextResult() else {
      isFinished = true
      return nil
    }
    switch result {
    case .failure(let error):
      isFinished = true
      throw error
    case .success(let outcome):
      loader.note(outcome)
      return outcome.batch
    }
  }

  private func nextResult() -> Result<SampleMaker.Outcome, VisionError>? {
    if let job { return job.pool.next(job.number) }
    guard let next = plan.next() else { return nil }
    let prepared = next.indices.map { maker.sample(at: $0, epoch: next.position.epoch) }
    return maker.join(prepared, position: next.position)
  }
}
