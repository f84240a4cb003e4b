/// Where a run goes on: what upstream's meta cannot say, kept under one key of its own.
///
/// Upstream numbers checkpoints by three different rules (an `iter_6.pth` says `iter` 5), and
/// forgets the place in the data; with this a resumed run repeats an uninterrupted one exactly.
public struct ResumePoint: Hashable, Sendable {
  /// Iterations done.
  public var iteration: Int
  /// The epoch of the next batch, counted from 0.
  public var epoch: Int
  /// Batches of that epoch that were used already.
  public var batch: Int

  public init(iteration: Int, epoch: Int, batch: Int) {
    self.iteration = iteration
    self.epoch = epoch
    self.batch = batch
  }

  /// The key in a checkpoint's meta.
  static let key = "run_state"
}
