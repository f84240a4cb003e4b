public import Tensors

/// What one iteration may use besides its batch.
public final class StepContext {
  public let optimizers: OptimizerSet
  /// Counted from 0.
  public let epoch: Int
  /// Counted from 0, over all epochs.
  public let iteration: Int
  /// Chance for this iteration alone, from the run's seed and ``iteration``: a resumed run draws
  /// what an uninterrupted one would.
  public var generator: Generator

  public init(optimizers: OptimizerSet, epoch: Int, iteration: Int, seed: UInt64) {
    self.optimizers = optimizers
    self.epoch = epoch
    self.iteration = iteration
    generator = Generator(seed: seed, key: Self.purpose, UInt64(iteration))
  }

  /// Keeps the steps apart from the loader, which uses the same seed.
  private static let purpose: UInt64 = 0x7374_6570
}
