internal import Algorithms
internal import Annotations
internal import ArgumentParser
internal import Checkpoints
internal import Configs
internal import Foundation
internal import Logging
internal import OrderedCollections
internal import SearchSpaces
internal import Tensors
internal import Training
internal import Vision

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Test a model: evaluate it, or write its predictions.")

  @OptionGroup var options: ConfigOptions
  @OptionGroup var taskOptions: TaskOptions

  @Argument(
    help: "checkpoint file; of a distillation, the student in it is tested",
    completion: .file(extensions: ["pth"]))
  var checkpoint: String?

  @Flag(
    help: ArgumentHelp(
      "test the teacher of the config, with the weights in the checkpoint or, without one, those "
        + "of its init_cfg"))
  var teacher = false

  @OptionGroup var launcher: LauncherOptions

  @Option(help: "output result file: .json, .yaml or .pkl")
  var out: String?

  @Option(
    name: .customLong("out-items"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "what the result file holds besides metrics: all, none, or some of "
        + VisionTask.all.flatMap { $0.results?.itemNames ?? [] }.joined(separator: ", "),
      valueName: "item"))
  var outItems: [String] = ["all"]

  @Option(
    name: [.customLong("metrics"), .customLong("eval")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "evaluation metrics: accuracy, precision, recall, f1_score, support",
      valueName: "metric"))
  var metrics: [String] = []

  @Option(
    name: [.customLong("metric-options"), .customLong("eval-options")], parsing: .upToNextOption,
    help: ArgumentHelp("options for evaluation, such as topk=1,5", valueName: "key=value"))
  var metricOptions: [String] = []

  @Flag(help: "show results (needs a display; see --show-dir)")
  var show = false

  @Option(
    name: .customLong("show-dir"),
    help: "directory where painted images will be saved")
  var showDirectory: String?

  @Option(
    name: .customLong("show-options"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "options for painting: text_color, font_scale, row_width", valueName: "key=value"))
  var showOptions: [String] = []

  @Flag(
    name: [.customLong("gpu_collect"), .customLong("gpu-collect")],
    help: "accepted for compatibility")
  var collectsOnGPU = false

  @Option(help: "accepted for compatibility: a single process needs no tmp dir")
  var tmpdir: String?

  @Option(help: "device used for testing; default: the CPU")
  var device: String?

  @Option(name: .customLong("gpu-id"), help: ArgumentHelp("id of gpu to use", valueName: "id"))
  var gpuID = 0

  @Flag(
    name: .customLong("fuse-conv-bn"),
    help: "accepted for compatibility: normalisation is always fused where that is faster")
  var fusesNormalization = false

  @OptionGroup var dense: DenseTestOptions

  func validate() throws {
    if checkpoint == nil && !teacher {
      throw ValidationError("Missing expected argument '<checkpoint>'")
    }
  }

  func run() throws {
    let name = try DeviceName(device)
    let loaded = try options.load()
    let (task, components) = try inConfig(options.config) {
      try taskOptions.open(loaded.config)
    }
    let choice = try inConfig(options.config) {
      try PrecisionChoice(loaded.config, trains: false)
    }
    let device = name.device(threads: launcher.threads, choice.precision)
    try dense.check(for: task)
    try task.checkItems(outItems)
    guard !metrics.isEmpty || out != nil else { throw CommandError.nothingAsked }
    guard !show else { throw CommandError.noDisplay }
    let writer = try out.map { try task.resultWriter(for: $0) }
    let argument = try checkpoint.map(WeightFiles.path(ofArgument:))
    let logger = try RunLog(name: task.loggerName).logger
    choice.tell(logger)
    try inConfig(options.config) {
      let (config, named) = teacher ? try loaded.config.ofTeacher() : (loaded.config, nil)
      guard
        let weights = try argument ?? named.map({ try WeightFiles(logger: logger).path(of: $0) })
      else { throw CommandError.teacherWithoutWeights }
      try test(
        config, task: task, components: components, weights: weights, writer: writer,
        device: device, logger: logger)
    }
  }

  /// Options that stand by themselves, as a config.
  private static func tree(_ options: [String]) throws -> Config {
    try Config.dict([:]).applying(ConfigOverrides.parse(options))
  }

  /// The evaluator that the arguments ask for; the data set checks them.
  private func evaluator(for dataset: any Dataset) throws -> any Evaluator {
    var asked: Config = ["metric_options": try Self.tree(metricOptions)]
    if !metrics.isEmpty { asked["--metrics"] = .list(metrics.map { .string($0) }) }
    var reader = try ConfigReader(asked, path: .root)
    let evaluator = try dataset.evaluator(&reader, metricKey: "--metrics")
    try reader.finish()
    return evaluator
  }

  private func test(
    _ config: Config, task: VisionTask, components: Components, weights path: String,
    writer: (any ResultWriter)?, device: any Device, logger: Logger
  ) throws {
    let data = try DataSettings(config, from: components.vision, scope: task.scope)
    let warn: @Sendable (String) -> Void = { logger.warning("\($0)") }
    let dataset = try data.dataset(.test, warn: warn)
    var evaluator = try evaluator(for: dataset)
    let painter = try showDirectory.map {
      try PaintedFolder($0, painter: task.resultPainter(options: Self.tree(showOptions)))
    }
    let algorithm = try components.algorithm(
      of: config, task: task, device: device, generator: Generator(seed: 0), drawsWeights: false,
      teachers: false)
    let loader = try data.loader(.test, of: dataset, for: algorithm, seed: 0, warn: warn)
    if !algorithm.isRetraining {
      // A supernet without a subnet set sums up all choices, as in the original.
      algorithm.blockSearch?.mutator.selectAll()
    }
    let weights = try loadCheckpoint(
      path, into: algorithm, requiring: .everyEntry, logger: logger,
      adapting: { teacher ? $0.ofTeacher : $0.withoutDistiller })
    let classes =
      weights.meta["CLASSES"]?.elements?.compactMap(\.text) ?? dataset.classes
    if weights.meta["CLASSES"] == nil {
      Message.warn(
        "class names are not saved in the checkpoint's meta data; "
          + "those of the data set are used")
    }

    // Only a result file needs all predictions at once. An image that is skipped has none.
    var results = TestResults(classes: classes, imageCount: writer == nil ? 0 : dataset.count)
    var predicted = 0
    try predict(algorithm, on: loader) { predictions, indices in
      if !metrics.isEmpty { try evaluator.add(predictions, at: indices) }
      predicted += predictions.count
      if writer != nil {
        for (place, prediction) in zip(indices, predictions) {
          results.predictions[place] = prediction
        }
      }
      try painter?.paint(predictions, at: indices, of: dataset, classes: classes)
    }
    if !metrics.isEmpty {
      results.metrics = try evaluator.metrics()
      print(task.text(of: results.metrics))
    }
    if let out, let writer {
      print("\ndumping results to \(out)")
      try writer.write(results, items: outItems, to: out)
    }
    painter?.tell()
    if predicted < dataset.count {
      print(
        "\n\(dataset.count - predicted) of \(dataset.count) images were skipped"
          + (writer == nil ? "" : "; the results hold None in their places"))
    }
  }
}
