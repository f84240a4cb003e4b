/// The place where a run goes on, beyond what upstream's meta can say.
///
/// Upstream numbers checkpoints by three different rules (an `iter_6.pth` says `iter` 5), and
/// forgets the place in the data; with this a resumed run repeats an uninterrupted one exactly.
public struct ResumePoint: Hashable, Sendable {
  /// Iterations done.
  public var iteration: Int
  /// The epoch of the next batch, counted from 0.
  public var epoch: Int
  /// The batches of that epoch that were used already.
  public var place: LoaderPlace

  public init(iteration: Int, epoch: Int, place: LoaderPlace = .start) {
    self.iteration = iteration
    self.epoch = epoch
    self.place = place
  }

  /// The key in a checkpoint's meta.
  static let key = "run_state"
}
