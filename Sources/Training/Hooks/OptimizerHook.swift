public import Configs
internal import Logging
internal import NN
internal import Tensors

/// A hook that runs backward and steps the optimizer, for models that leave this to it.
public protocol OptimizerStepping: Hook {}

/// Clips gradients by their common norm, as `torch.nn.utils.clip_grad_norm_`.
public struct GradientClipping: Hashable, Sendable {
  public var maximum: Double
  /// The exponent of the norm; infinity is the largest magnitude.
  public var normType: Double

  public init(maximum: Double, normType: Double = 2) {
    self.maximum = maximum
    self.normType = normType
  }

  /// Scales the gradients of `parameters` down to the maximum.
  ///
  /// - Returns: the norm before; `nil` when no parameter has a gradient.
  func clip(_ parameters: [Parameter]) -> Double? {
    let affected = parameters.filter { parameter in
      if case .none = parameter.gradient { return false }
      return parameter.requiresGradient
    }
    guard !affected.isEmpty else { return nil }
    let norm = gradientNorm(affected, type: normType)
    // The small term is PyTorch's; it keeps a norm of zero from dividing.
    scaleGradients(affected, by: Float(min(maximum / (norm + 1e-6), 1)))
    return norm
  }
}

extension GradientClipping: ConfigDecodable {
  /// Reads `dict(max_norm=5, norm_type=2)`.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    maximum = try reader.readNonNegative("max_norm")
    normType = 2
    if let type: Config = try reader.readIfPresent("norm_type") {
      normType =
        type.text == "inf"
        ? .infinity : try Double(config: type, path: path.appending("norm_type"))
    }
    guard normType > 0 else {
      throw .invalidValue(path: path.appending("norm_type"), message: "must be above 0")
    }
    _ = try reader.readIfPresent("error_if_nonfinite", as: Bool.self)
    try reader.finish()
  }
}

/// Clears gradients, runs backward, clips, steps: once per iteration, or, to imitate larger
/// batches, once per several (mmcv's `OptimizerHook` and `GradientCumulativeOptimizerHook`).
public final class OptimizerHook: OptimizerStepping {
  public let name: String
  public let clipping: GradientClipping?
  /// Whether to report parameters that the loss does not depend on.
  public let detectsAnomalousParameters: Bool
  /// Iterations whose gradients are averaged; `nil` for the plain hook.
  public let cumulativeIterations: Int?

  public var stages: Set<HookStage> { [.afterTrainIteration] }

  /// The iteration of the run from which on iterations no longer fill a whole group.
  private var remainderStart: Int?

  public init(
    clipping: GradientClipping? = nil, detectsAnomalousParameters: Bool = false,
    cumulativeIterations: Int? = nil
  ) {
    name = cumulativeIterations == nil ? "OptimizerHook" : "GradientCumulativeOptimizerHook"
    self.clipping = clipping
    self.detectsAnomalousParameters = detectsAnomalousParameters
    self.cumulativeIterations = cumulativeIterations
  }

  public func afterTrainIteration(_ runner: Runner) throws {
    guard let loss = runner.output?.loss else { return }
    guard let optimizer = runner.optimizers.only else {
      throw TrainingError.severalOptimizers(hook: name)
    }
    guard let tape = loss.trace?.tape else {
      preconditionFailure("the loss of a train step must be recorded on a tape")
    }
    if detectsAnomalousParameters { reportAnomalous(loss, tape, runner) }
    guard let cumulativeIterations else {
      optimizer.clearGradients()
      tape.backward(from: loss)
      step(optimizer, runner)
      // Not only before the next backward pass, as mmcv does: the memory serves the forward pass.
      optimizer.clearGradients()
      return
    }
    tape.backward(from: loss, seed: 1 / Float(groupLength(cumulativeIterations, runner)))
    if runner.everyIterations(cumulativeIterations) || runner.isLastIteration {
      step(optimizer, runner)
      optimizer.clearGradients()
    }
  }

  private func step(_ optimizer: Optimizer, _ runner: Runner) {
    if let clipping {
      let parameters = runner.model.namedParameters().map(\.parameter)
      if let norm = clipping.clip(parameters) {
        runner.logBuffer.update([("grad_norm", norm)], count: runner.output?.sampleCount ?? 1)
      }
    }
    optimizer.step()
  }

  /// How many iterations the current one's gradient is averaged with: fewer in a last group.
  private func groupLength(_ length: Int, _ runner: Runner) -> Int {
    let start = remainderStart ?? runner.maxIterations / length * length
    remainderStart = start
    return runner.iteration < start ? length : runner.maxIterations - start
  }

  private func reportAnomalous(_ loss: Tensor, _ tape: Tape, _ runner: Runner) {
    let used = tape.parameters(behind: loss)
    for (name, parameter) in runner.model.namedParameters()
    where parameter.requiresGradient && !used.contains(ObjectIdentifier(parameter)) {
      runner.logger.error(
        "\(name) with shape \(parameter.shape.torchText) is not in the computational graph \n")
    }
  }
}

extension Tape {
  /// The parameters that `value` was computed from.
  fileprivate func parameters(behind value: Tensor) -> Set<ObjectIdentifier> {
    var found: Set<ObjectIdentifier> = []
    var visited: Set<Int> = []
    var pending = value.trace.map { [$0.node] } ?? []
    while let index = pending.popLast() {
      guard visited.insert(index).inserted else { continue }
      pending += nodes[index].inputs.compactMap { $0 }
      let parameters: [Parameter?] =
        switch nodes[index].operation {
        case .parameter(let parameter): [parameter]
        case .convolution(_, let weight, let bias), .linear(let weight, let bias): [weight, bias]
        case .batchNorm(let weight, let bias, _), .groupNorm(_, let weight, let bias, _):
          [weight, bias]
        case .prelu(let weight): [weight]
        default: []
        }
      found.formUnion(parameters.compactMap { $0.map(ObjectIdentifier.init) })
    }
    return found
  }
}

extension Shape {
  /// The shape as PyTorch's messages spell it: `torch.Size([16, 3, 3, 3])`.
  var torchText: String { "torch.Size(\(dimensions))" }
}
