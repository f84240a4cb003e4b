internal import Distributed
public import Tensors

/// The place of one training iteration in its run, and its way to the optimizers.
///
/// ``backward(from:for:)`` and ``step(_:clipping:)`` are the only path from a loss to the
/// parameters. A model that has one loss for all parameters may return it instead
/// (``TrainStepOutput/loss``): the run's ``OptimizerHook`` then goes the same way.
public final class StepContext {
  /// Counted from 0.
  public let epoch: Int
  /// Counted from 0, over all epochs.
  public let iteration: Int
  /// Randomness for this iteration alone, from the run's seed and ``iteration``: a resumed run
  /// draws the numbers of an uninterrupted one.
  public var generator: Generator

  private let stepper: Stepper

  init(stepper: Stepper, epoch: Int, iteration: Int, seed: UInt64) {
    self.stepper = stepper
    self.epoch = epoch
    self.iteration = iteration
    generator = Generator(seed: seed, key: Self.purpose, UInt64(iteration))
  }

  /// A context outside of a run: each iteration steps by itself, and nothing is clipped.
  public convenience init(optimizers: OptimizerSet, epoch: Int, iteration: Int, seed: UInt64) {
    let stepper = Stepper(optimizers, communicator: SingleProcess())
    stepper.begin(iteration: 0, of: 1)
    self.init(stepper: stepper, epoch: epoch, iteration: iteration, seed: seed)
  }

  /// The optimizers of the run, for their rates and states.
  public var optimizers: OptimizerSet { stepper.optimizers }

  /// Runs backward from a recorded loss and adds the gradients to those of the parameters, as the
  /// mean over the accumulated iterations and over all ranks.
  ///
  /// - Parameters:
  ///   - loss: one element, recorded on a tape that has not run backward.
  ///   - optimizer: the name of the optimizer whose parameters get the gradients; those of the
  ///     others keep theirs. All parameters get theirs when it is `nil`.
  /// - Throws: ``TrainingError/unknownOptimizer(name:available:)``
  public func backward(from loss: Tensor, for optimizer: String? = nil) throws {
    try stepper.backward(from: loss, for: optimizer)
  }

  /// Ends the iteration of an optimizer: where that completes a group of accumulated iterations,
  /// sums the gradients over all ranks, clips them, moves the parameters, and clears.
  ///
  /// - Parameters:
  ///   - optimizer: its name among several; `nil` for the only one.
  ///   - clipping: takes the place of the run's `grad_clip`.
  /// - Throws: ``TrainingError/unknownOptimizer(name:available:)``,
  ///   ``TrainingError/severalOptimizers(names:)``, or `CommunicationError`.
  public func step(_ optimizer: String? = nil, clipping: GradientClipping? = nil) throws {
    try stepper.step(optimizer, clipping: clipping)
  }

  /// Keeps the steps apart from the loader, which uses the same seed.
  private static let purpose: UInt64 = 0x7374_6570
}
