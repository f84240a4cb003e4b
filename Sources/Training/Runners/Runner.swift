public import Checkpoints
public import Distributed
public import Logging
internal import NN
public import OrderedCollections
internal import Tensors
internal import Vision

/// A run: the model and its optimizers, the counters, the hooks.
///
/// A ``TrainingLoop`` gives the order of steps; everything else happens in hooks, which see the
/// runner's state.
public final class Runner {
  public let model: any TrainableModel
  public let optimizers: OptimizerSet
  public let setup: RunSetup
  public let logger: Logger
  public let loop: any TrainingLoop

  /// Facts about the run, for checkpoints and the first line of `.log.json`: `env_info`, `seed`,
  /// `exp_name`, and `hook_msgs` once a hook has something to say.
  public var meta: OrderedDictionary<String, PickleValue>

  public internal(set) var mode: WorkflowStep.Mode = .train
  /// Epochs done; counted by a loader's passes when the runner counts iterations.
  public internal(set) var epoch = 0
  /// Iterations done, of all epochs; inside an iteration those before it.
  public internal(set) var iteration = 0
  /// The place in the current epoch (in the current workflow step, when the runner counts
  /// iterations).
  public internal(set) var innerIteration = 0
  public internal(set) var maxIterations: Int
  /// Batches in an epoch of the data that are being used.
  public internal(set) var batchesPerEpoch = 1
  /// The result of the latest step.
  public internal(set) var output: TrainStepOutput?
  public var logBuffer = LogBuffer()

  /// Where the run would go on, were it interrupted here.
  public internal(set) var resumePoint = ResumePoint(iteration: 0, epoch: 0)

  private let stepper: Stepper

  /// Layers with randomness of their own, found at the first step.
  private lazy var randomLayers: [any RandomLayer] = model.namedModules().compactMap {
    $0.module as? any RandomLayer
  }

  private var lossWatch = LossWatch()

  private var registered: [(hook: any Hook, priority: HookPriority)] = []

  /// - Parameter communicator: the ranks that train the model together.
  public init(
    model: any TrainableModel, optimizers: OptimizerSet, setup: RunSetup, logger: Logger,
    loop: any TrainingLoop, communicator: any Communicator = SingleProcess()
  ) {
    self.model = model
    self.optimizers = optimizers
    self.setup = setup
    self.logger = logger
    self.loop = loop
    stepper = Stepper(optimizers, communicator: communicator)
    maxIterations = if case .iterations(let count) = loop.length { count } else { 0 }
    meta = setup.meta
  }

  /// The `type` under which configs know the runner.
  public var name: String { loop.name }

  /// `nil` when the runner counts iterations.
  public var maxEpochs: Int? {
    if case .epochs(let count) = loop.length { count } else { nil }
  }

  /// Whether the run's length and its checkpoints are counted in epochs.
  public var countsEpochs: Bool { loop.length.countsEpochs }

  /// Trains to the end.
  ///
  /// - Parameter sources: the loaders of each step of `workflow`.
  public func run(_ sources: [[any BatchSource]], workflow: [WorkflowStep]) throws {
    stepper.options = stepOptions
    if stepOptions.detectsAnomalousParameters {
      stepper.onLoss = { [unowned self] in reportAnomalousParameters($0) }
    }
    try loop.run(zip(workflow, sources).map { WorkflowPhase($0, LoaderGroup($1)) }, on: self)
  }
}

// MARK: - Hooks

extension Runner {
  /// The hooks in the order they run.
  public var hooks: [any Hook] { registered.map(\.hook) }

  /// Adds a hook behind those of the same priority.
  public func register(_ hook: any Hook, priority: HookPriority = .normal) {
    let place = registered.lastIndex { $0.priority <= priority }.map { $0 + 1 } ?? 0
    registered.insert((hook, priority), at: place)
  }

  func call(_ stage: HookStage) throws {
    for (hook, _) in registered { try hook.run(at: stage, self) }
  }

  /// The table of hooks that a run's log starts with.
  public var hookTable: String {
    HookStage.allCases.compactMap { stage in
      let lines = registered.filter { $0.hook.stages.contains(stage) }.map {
        "(\($0.priority.name.padded(to: 12))) \($0.hook.name.padded(to: 35))"
      }
      guard !lines.isEmpty else { return nil }
      return ([stage.rawValue + ":"] + lines + [" -------------------- "]).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Logs what every run's log starts with.
  func announce(_ workflow: [WorkflowStep], length: String) {
    logger.info(
      "Start running, host: \(HostInfo.userAndHost), work_dir: \(setup.workDirectory)")
    logger.info("Hooks will be executed in the following order:\n\(hookTable)")
    let steps = workflow.map(\.description).joined(separator: ", ")
    logger.info("workflow: [\(steps)], max: \(length)")
  }
}

// MARK: - Counting

extension Runner {
  /// Whether this epoch is the last of `interval`.
  public func everyEpochs(_ interval: Int) -> Bool {
    interval > 0 && (epoch + 1).isMultiple(of: interval)
  }

  /// Whether this iteration is the last of `interval`, counted over the run.
  public func everyIterations(_ interval: Int) -> Bool {
    interval > 0 && (iteration + 1).isMultiple(of: interval)
  }

  /// Whether this iteration is the last of `interval`, counted in the epoch.
  public func everyInnerIterations(_ interval: Int) -> Bool {
    interval > 0 && (innerIteration + 1).isMultiple(of: interval)
  }

  public var isEndOfEpoch: Bool { innerIteration + 1 == batchesPerEpoch }
  public var isLastEpoch: Bool { epoch + 1 == maxEpochs }
  public var isLastIteration: Bool { iteration + 1 == maxIterations }
}

// MARK: - Steps

extension Runner {
  /// One train step between its hooks.
  ///
  /// - Parameter batches: one of each loader.
  func trainStep(_ batches: [Batch]) throws {
    try call(.beforeTrainIteration)
    stepper.begin(iteration: iteration, of: maxIterations)
    let context = context()
    for layer in randomLayers { layer.generator = Generator(seed: context.generator.next()) }
    let result = try model.trainStep(batches, context: context)
    if let warning = lossWatch.observe(result, epoch: epoch + 1, iteration: iteration + 1) {
      logger.warning("\(warning)")
    }
    logBuffer.update(result.logVariables, count: result.sampleCount)
    output = result
    try requireOneStepper(for: result)
    logNorms()
    try call(.afterTrainIteration)
    output?.loss = nil
  }

  /// Makes the step of a model that leaves its loss to a hook.
  func step(from loss: Tensor) throws {
    try stepper.backward(from: loss)
    try stepper.step()
    logNorms()
  }

  /// One validation step between its hooks.
  func validationStep(_ batch: Batch) throws {
    try call(.beforeValIteration)
    let result = try model.validationStep(batch, context: context())
    logBuffer.update(result.logVariables, count: result.sampleCount)
    output = result
    try call(.afterValIteration)
  }

  /// The accumulation and clipping that the hooks ask for.
  var stepOptions: StepOptions { optimizerHook?.stepOptions ?? StepOptions() }

  private var optimizerHook: (any OptimizerStepping)? {
    hooks.lazy.compactMap { $0 as? any OptimizerStepping }.first
  }

  private func context() -> StepContext {
    StepContext(stepper: stepper, epoch: epoch, iteration: iteration, seed: setup.seed)
  }

  private func logNorms() {
    let norms = stepper.takeNorms()
    if !norms.isEmpty { logBuffer.update(norms, count: output?.sampleCount ?? 1) }
  }

  /// Checks that either the model or a hook steps the optimizers.
  private func requireOneStepper(for result: TrainStepOutput) throws {
    guard result.loss != nil else { return }
    guard let hook = optimizerHook else { throw TrainingError.nothingSteps }
    if stepper.hasStepped { throw TrainingError.stepsTwice(hook: hook.name) }
  }

  private func reportAnomalousParameters(_ loss: Tensor) {
    guard let used = loss.trace?.tape.parameters(behind: loss) else { return }
    for (name, parameter) in model.namedParameters()
    where parameter.requiresGradient && !used.contains(ObjectIdentifier(parameter)) {
      logger.error(
        "\(name) with shape \(parameter.shape.torchText) is not in the computational graph \n")
    }
  }
}

extension Shape {
  /// The shape as PyTorch's messages spell it: `torch.Size([16, 3, 3, 3])`.
  fileprivate var torchText: String { "torch.Size(\(dimensions))" }
}
