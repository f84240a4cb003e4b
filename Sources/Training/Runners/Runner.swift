public import Checkpoints
public import Logging
internal import NN
public import OrderedCollections
internal import Tensors
internal import Vision

/// What both runners share: the model and its optimizers, the counters, the hooks.
///
/// A runner owns the loop; everything else happens in hooks, which see the runner's state.
public class Runner {
  public let model: any TrainableModel
  public let optimizers: OptimizerSet
  public let setup: RunSetup
  public let logger: Logger

  /// What checkpoints and the first line of `.log.json` tell about the run: `env_info`, `seed`,
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
  /// `nil` when the runner counts iterations.
  public let maxEpochs: Int?
  public internal(set) var maxIterations: Int
  /// Batches in an epoch of the data that are being used.
  public internal(set) var batchesPerEpoch = 1
  /// What the latest step left.
  public internal(set) var output: TrainStepOutput?
  public var logBuffer = LogBuffer()

  /// Where the run would go on, were it interrupted here.
  public internal(set) var resumePoint = ResumePoint(iteration: 0, epoch: 0, batch: 0)

  /// Layers with chance of their own, found at the first step.
  private lazy var randomLayers: [any RandomLayer] = model.namedModules().compactMap {
    $0.module as? any RandomLayer
  }

  private var lossWatch = LossWatch()

  private var registered: [(hook: any Hook, priority: HookPriority)] = []

  init(
    model: any TrainableModel, optimizers: OptimizerSet, setup: RunSetup, logger: Logger,
    maxEpochs: Int?, maxIterations: Int
  ) {
    self.model = model
    self.optimizers = optimizers
    self.setup = setup
    self.logger = logger
    self.maxEpochs = maxEpochs
    self.maxIterations = maxIterations
    meta = setup.meta
  }

  /// The `type` under which configs know the runner.
  public var name: String { "Runner" }

  /// Whether the run's length and its checkpoints are counted in epochs.
  public var countsEpochs: Bool { maxEpochs != nil }

  /// Trains to the end.
  ///
  /// - Parameter sources: one per step of `workflow`.
  public func run(_ sources: [any BatchSource], workflow: [WorkflowStep]) throws {
    preconditionFailure("\(name) has no loop of its own")
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
  func trainStep(_ batch: Batch) throws {
    try call(.beforeTrainIteration)
    let context = context()
    for layer in randomLayers { layer.generator = Generator(seed: context.generator.next()) }
    let result = try model.trainStep(batch, context: context)
    if let warning = lossWatch.observe(result, epoch: epoch + 1, iteration: iteration + 1) {
      logger.warning("\(warning)")
    }
    logBuffer.update(result.logVariables, count: result.sampleCount)
    output = result
    try requireOneStepper(for: result)
    try call(.afterTrainIteration)
    output?.loss = nil
  }

  /// One validation step between its hooks.
  func validationStep(_ batch: Batch) throws {
    try call(.beforeValIteration)
    let result = try model.validationStep(batch, context: context())
    logBuffer.update(result.logVariables, count: result.sampleCount)
    output = result
    try call(.afterValIteration)
  }

  private func context() -> StepContext {
    StepContext(
      optimizers: optimizers, epoch: epoch, iteration: iteration, seed: setup.seed)
  }

  /// Checks that either the model or a hook steps the optimizers.
  private func requireOneStepper(for result: TrainStepOutput) throws {
    let stepper = hooks.first { $0 is any OptimizerStepping }
    if result.loss == nil, let stepper {
      throw TrainingError.stepsTwice(hook: stepper.name)
    }
    if result.loss != nil, stepper == nil { throw TrainingError.nothingSteps }
  }
}
