internal import Algorithms
internal import ArgumentParser
internal import Checkpoints
internal import Configs
internal import Foundation
internal import Logging
internal import OrderedCollections
internal import Tensors
internal import Training
internal import Vision

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model.")

  @OptionGroup var options: ConfigOptions
  @OptionGroup var taskOptions: TaskOptions
  @OptionGroup var launcher: LauncherOptions

  @Option(name: .customLong("work-dir"), help: "the dir to save logs and models")
  var workDirectory: String?

  @Option(name: .customLong("load-from"), help: "the checkpoint file to load weights from")
  var loadFrom: String?

  @Option(name: .customLong("resume-from"), help: "the checkpoint file to resume from")
  var resumeFrom: String?

  @Flag(
    name: .customLong("auto-resume"),
    help: "resume from the latest checkpoint automatically")
  var autoResume = false

  @Flag(
    name: .customLong("no-validate"),
    help: "whether not to evaluate the checkpoint during training")
  var skipsValidation = false

  @Option(help: "device used for training; default: the CPU")
  var device: String?

  @Option(help: ArgumentHelp("(deprecated) number of gpus to use", valueName: "n"))
  var gpus: Int?

  @Option(
    name: .customLong("gpu-ids"), parsing: .upToNextOption,
    help: ArgumentHelp("(deprecated) ids of gpus to use", valueName: "id"))
  var gpuIDs: [Int] = []

  @Option(name: .customLong("gpu-id"), help: ArgumentHelp("id of gpu to use", valueName: "id"))
  var gpuID: Int?

  @Option(help: "random seed")
  var seed: Int?

  @Flag(
    name: [.customLong("diff_seed"), .customLong("diff-seed")],
    help: "whether or not set different seeds for different ranks")
  var usesDifferentSeeds = false

  @Flag(help: "accepted for compatibility: results never vary with the same seed and threads")
  var deterministic = false

  func validate() throws {
    let exclusive = [
      ("--device", device != nil), ("--gpus", gpus != nil), ("--gpu-ids", !gpuIDs.isEmpty),
      ("--gpu-id", gpuID != nil),
    ].filter(\.1).map(\.0)
    if exclusive.count > 1 {
      throw ValidationError(
        "argument \(exclusive[1]): not allowed with argument \(exclusive[0])")
    }
    if let seed, seed < 0 { throw ValidationError("--seed must not be negative, found \(seed)") }
  }

  func run() throws {
    let name = try DeviceName(device)
    let loaded = try options.load()
    let (task, components) = try inConfig(options.config) {
      try taskOptions.open(loaded.config)
    }
    let choice = try inConfig(options.config) {
      try PrecisionChoice(loaded.config, trains: true)
    }
    let device = name.device(threads: launcher.threads, choice.precision)
    var run = try Run(
      config: loaded.config, task: task, components: components, configFile: options.config,
      workDirectory: workDirectory, device: device, dumps: true
    ) { config in
      if let loadFrom { config["load_from"] = .string(loadFrom) }
      if let resumeFrom { config["resume_from"] = .string(resumeFrom) }
      config["auto_resume"] = .bool(autoResume)
      config["gpu_ids"] = [.int(gpuIDs.first ?? gpuID ?? 0)]
    }
    choice.tell(run.logger)
    try inConfig(options.config) { try train(&run, device: device) }
  }

  private func train(_ run: inout Run, device: any Device) throws {
    let (task, components) = (run.task, run.components)
    let text = PythonPrinter.print(run.config)
    let files = WeightFiles(logger: run.logger)
    if let path = try files.path(in: run.config, key: "resume_from") {
      run.config["resume_from"] = .string(path)
    }
    let resumed = try ResumeSource.path(run.config, workDirectory: run.workDirectory)
    if resumed == nil, let path = try files.path(in: run.config, key: "load_from") {
      run.config["load_from"] = .string(path)
    }
    let seed = try ResumeSource.seed(requested: seed, resumingFrom: resumed)
    run.logger.info(
      "Set random seed to \(seed), deterministic: \(deterministic ? "True" : "False")")
    run.config["seed"] = .int(seed)

    let data = try DataSettings(run.config, from: components.vision, scope: task.scope)
    let loop = try components.training.loop(of: run.config, scope: task.scope)
    let trainSets =
      try loop.readsSideBySide
      ? data.datasetsSideBySide(.train, warn: run.warn) : [data.dataset(.train, warn: run.warn)]
    let workflowSet =
      run.config["workflow"]?.items?.count == 2
      ? try data.validationSetForWorkflow(warn: run.warn) : nil
    let validationSet = skipsValidation ? nil : try data.dataset(.val, warn: run.warn)

    let algorithm = try components.algorithm(
      of: run.config, task: task, device: device, generator: Generator(seed: UInt64(seed)),
      drawsWeights: resumed == nil, logger: run.logger)
    if resumed == nil { try algorithm.initializeWeights() }
    func loader(
      _ part: DataSettings.Part, _ set: any Dataset, number: Int = 0
    ) throws -> any BatchSource {
      // Loaders side by side draw different orders.
      try data.loader(
        part, of: set, for: algorithm, seed: UInt64(seed + number), warn: run.warn)
    }
    var sources = [try trainSets.enumerated().map { try loader(.train, $1, number: $0) }]
    if let workflowSet { sources.append([try loader(.train, workflowSet)]) }

    let setup = RunSetup(
      workDirectory: run.workDirectory, timestamp: run.timestamp, seed: UInt64(seed),
      meta: [
        "env_info": .string(run.environment), "seed": .int(seed),
        "exp_name": .string(URL(fileURLWithPath: options.config).lastPathComponent),
      ],
      checkpointMeta: [
        task.versionKey: .string(task.version), "config": .string(text),
        "CLASSES": .list(trainSets[0].classes.map { .string($0) }),
      ])
    let session = try TrainingSession(
      config: run.config, model: algorithm,
      sources: sources,
      validation: try validationSet.map { try loader(.val, $0) },
      setup: setup, logger: run.logger, catalogs: components.training, scope: task.scope)
    try session.run()
  }
}
