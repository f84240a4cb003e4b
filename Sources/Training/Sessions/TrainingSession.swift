public import Configs
public import Distributed
public import Logging
internal import NN

/// A run as a config describes it: upstream's `train_model`.
///
/// Reads `optimizer`, `optimizer_config`, `lr_config`, `momentum_config`, `checkpoint_config`,
/// `log_config`, `custom_hooks`, `evaluation`, `runner` (or `total_epochs`), `workflow`,
/// `resume_from`, `auto_resume` and `load_from` of the whole config. A key that nothing reads
/// inside one of them is an error.
public final class TrainingSession {
  /// The runner with its hooks, ready to run.
  public let runner: Runner

  private let sources: [[any BatchSource]]
  private let workflow: [WorkflowStep]

  /// - Parameters:
  ///   - sources: the loaders of each step of `workflow`, in order.
  ///   - validation: the data to evaluate on during the run; `nil` for no evaluation.
  ///   - catalogs: the components that the config can name.
  ///   - scope: the library whose components bare names mean.
  ///   - communicator: the ranks that train the model together.
  /// - Throws: `ConfigError` with the place in the config, ``TrainingError``, or
  ///   `CheckpointError` for a damaged file to resume from.
  public init(
    config: Config, model: any TrainableModel, sources: [[any BatchSource]],
    validation: (any BatchSource)?, setup: RunSetup, logger: Logger,
    catalogs: TrainingCatalogs = .builtIn, scope: Scope = .mmcv,
    communicator: any Communicator = SingleProcess()
  ) throws {
    self.sources = sources
    workflow = try Self.workflow(config)
    guard workflow.count == sources.count else {
      throw ConfigError.invalidValue(
        path: "workflow", message: "\(workflow.count) steps for \(sources.count) data sets")
    }
    let optimizerConfig = try config.required("optimizer")
    let optimizers = OptimizerConstructor(catalog: catalogs.optimizers, scope: scope)
    let optimizerSet = try optimizers.build(optimizerConfig, path: "optimizer", for: model)
    runner = Runner(
      model: model, optimizers: optimizerSet, setup: setup, logger: logger,
      loop: try catalogs.loop(of: config, scope: scope), communicator: communicator)
    for (step, loaders) in zip(workflow, sources) {
      try WorkflowPhase(step, LoaderGroup(loaders)).requireBatches()
      guard step.mode == .validation || loaders.count == model.loaderCount else {
        throw ConfigError.invalidValue(
          path: "data.train",
          message: "the algorithm takes batches of \(model.loaderCount) data sets side by side, "
            + "found \(loaders.count); see MultiLoaderEpochBasedRunner and data.split")
      }
    }
    if let train = zip(workflow, sources).first(where: { $0.0.mode == .train }) {
      runner.batchesPerEpoch = LoaderGroup(train.1).batchCount
    }
    try HookRegistration(
      config: config, catalog: catalogs.hooks, scope: scope,
      context: HookContext(countsEpochs: runner.countsEpochs)
    ).registerAll(
      on: runner, validation: validation, training: sources.first?.first?.dataset)
    try start(config)
  }

  /// Trains to the end.
  public func run() throws {
    try runner.run(sources, workflow: workflow)
  }

  private static func workflow(_ config: Config) throws -> [WorkflowStep] {
    guard let entry = config["workflow"] else { return [WorkflowStep(.train)] }
    let steps = try [WorkflowStep](config: entry, path: "workflow")
    guard steps.contains(where: { $0.mode == .train }) else {
      throw ConfigError.invalidValue(path: "workflow", message: "there is no 'train' step")
    }
    return steps
  }

  private func start(_ config: Config) throws {
    if let path = try ResumeSource.path(config, workDirectory: runner.setup.workDirectory) {
      try runner.resume(from: path)
    } else if let entry = config["load_from"],
      let path = try String?(config: entry, path: "load_from"), !path.isEmpty
    {
      try runner.loadWeights(from: path)
    }
  }
}

extension Config {
  /// The value under a key of the top level that must be there.
  func required(_ key: String) throws(ConfigError) -> Config {
    guard let value = self[key] else { throw .missingKey(path: .root, key: key) }
    return value
  }
}
