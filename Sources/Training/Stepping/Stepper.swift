internal import Distributed
internal import OrderedCollections
internal import Tensors

/// Turns the losses of a run into steps of its optimizers: the only code that runs backward,
/// clips, steps and clears while a run trains.
///
/// The gradients of a group of iterations add up (mmcv's `GradientCumulativeOptimizerHook`); each
/// group begins without gradients, and its last iteration moves the parameters.
final class Stepper {
  let optimizers: OptimizerSet
  var options = StepOptions()
  /// Gets each loss before its backward pass.
  var onLoss: ((Tensor) -> Void)?

  private let communicator: any Communicator
  private var window = AccumulationWindow(iteration: 0, of: 1, groupedBy: 1)
  private var norms: [(name: String, value: Double)] = []

  /// Whether the current iteration has asked for a step.
  private(set) var hasStepped = false

  init(_ optimizers: OptimizerSet, communicator: any Communicator) {
    self.optimizers = optimizers
    self.communicator = communicator
  }

  /// Begins an iteration.
  ///
  /// - Parameter count: the iterations of the run.
  func begin(iteration: Int, of count: Int) {
    window = AccumulationWindow(
      iteration: iteration, of: count, groupedBy: options.cumulativeIterations)
    hasStepped = false
    norms = []
    if window.isFirst { for optimizer in optimizers.all { optimizer.clearGradients() } }
  }

  func backward(from loss: Tensor, for name: String? = nil) throws {
    guard let tape = loss.trace?.tape else {
      preconditionFailure("the loss of a train step must be recorded on a tape")
    }
    onLoss?(loss)
    let others = try name.map { try optimizers.parameters(apartFrom: $0) } ?? []
    let kept = others.map(\.gradient)
    for parameter in others { parameter.gradient = .none }
    tape.backward(from: loss, seed: 1 / Float(window.length * communicator.rankCount))
    for (parameter, gradient) in zip(others, kept) { parameter.gradient = gradient }
  }

  func step(_ name: String? = nil, clipping: GradientClipping? = nil) throws {
    let optimizer = try optimizers.optimizer(named: name)
    hasStepped = true
    guard window.isLast else { return }
    let parameters = optimizer.parameters
    try communicator.sumGradients(of: parameters)
    if let norm = (clipping ?? options.clipping)?.clip(parameters) {
      norms.append((name.map { "grad_norm_\($0)" } ?? "grad_norm", norm))
    }
    optimizer.step()
    // Not only before the next group, as mmcv does: the memory serves the forward pass.
    optimizer.clearGradients()
  }

  /// The norms before clipping since this was asked last, for the log.
  func takeNorms() -> [(String, Double)] {
    defer { norms = [] }
    return norms
  }
}

extension OptimizerSet {
  /// - Throws: ``TrainingError`` when there is no such optimizer, or when there are several and
  ///   none is named.
  fileprivate func optimizer(named name: String?) throws(TrainingError) -> Optimizer {
    switch (self, name) {
    case (.single(let optimizer), nil): return optimizer
    case (.named, nil): throw .severalOptimizers(names: names)
    case (_, let name?):
      guard let optimizer = self[name] else {
        throw .unknownOptimizer(name: name, available: names)
      }
      return optimizer
    }
  }

  /// The parameters that only optimizers of other names move.
  fileprivate func parameters(apartFrom name: String) throws(TrainingError) -> [Parameter] {
    let own = Set(try optimizer(named: name).parameters.map(ObjectIdentifier.init))
    return all.flatMap(\.parameters).filter { !own.contains(ObjectIdentifier($0)) }
  }

  private var names: [String] {
    if case .named(let optimizers) = self { Array(optimizers.keys) } else { [] }
  }
}
