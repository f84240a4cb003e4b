internal import Algorithms
internal import Annotations
internal import Configs
internal import Kernels
internal import NN
internal import OrderedCollections
internal import SearchSpaces
internal import Tensors
internal import Training
internal import Vision

/// How a measurement is made.
struct BenchmarkSetup {
  var batch: Int
  var height: Int
  var width: Int
  var warmup: Int
  var repeats: Int
  /// How many batches the candidates of a search are scored on.
  var batchCount: Int
  /// `nil` for OMP_NUM_THREADS, or else all cores.
  var threads: Int?
}

/// A config's algorithm on random images.
struct BenchmarkSession {
  let precision: Precision
  let device: CPU
  let algorithm: any Algorithm
  let config: Config
  let setup: BenchmarkSetup
  private let optimizers: OptimizerSet
  private let batch: Batch

  private init(_ config: Config, _ setup: BenchmarkSetup, profile: KernelProfile? = nil) throws {
    let choice = try PrecisionChoice(config, trains: true)
    if let warning = choice.warning { Message.warn(warning) }
    precision = choice.precision
    device = CPU(threads: setup.threads, precision: precision, profile: profile)
    let (components, task) = (Components.builtIn(), try VisionTask.of(config, launcher: nil))
    algorithm = try components.algorithm(
      of: config.withAlgorithm(for: task), task: task, device: device,
      generator: Generator(seed: 0), drawsWeights: true)
    try algorithm.initializeWeights()
    optimizers = try OptimizerConstructor(
      catalog: components.training.optimizers, scope: task.scope
    ).build(
      config["optimizer"] ?? ["type": "SGD", "lr": 0.01, "momentum": 0.9, "weight_decay": 4e-5],
      path: "optimizer", for: algorithm)
    self.config = config
    self.setup = setup
    batch = Self.randomBatch(0, setup, channels: algorithm.architecture.inChannels)
  }

  /// A batch of its own for each number.
  static func randomBatch(_ number: Int, _ setup: BenchmarkSetup, channels: Int) -> Batch {
    var generator = Generator(seed: 1 + UInt64(number))
    let shape: Shape = [setup.batch, channels, setup.height, setup.width]
    let meta = ImageMeta(filename: "", originalFilename: "")
    return Batch(
      pixels: PixelBatch(
        values: (0..<shape.count).map { _ in Float(generator.uniform(-2, 2)) }, shape: shape),
      metas: Array(repeating: meta, count: setup.batch),
      annotations: (0..<setup.batch).map { _ in
        ImageAnnotation(label: generator.integer(below: 10))
      },
      indices: Array(number * setup.batch..<(number + 1) * setup.batch))
  }
}

// MARK: - Measuring

extension BenchmarkSession {
  static func time(
    _ phase: BenchmarkPhase, of config: Config, _ setup: BenchmarkSetup
  ) throws -> BenchmarkResult {
    let session = try BenchmarkSession(config, setup)
    var repeats: [BenchmarkRepeat] = []
    try session.run(phase) { repeats.append($0) }
    return BenchmarkResult(
      phase: phase, batch: setup.batch, batchCount: setup.batchCount,
      threads: session.device.threads, precision: session.precision, repeats: repeats,
      peakBytes: session.device.peakByteCount)
  }

  static func profile(
    _ phase: BenchmarkPhase, of config: Config, _ setup: BenchmarkSetup
  ) throws -> ProfileTable {
    let profile = KernelProfile()
    let session = try BenchmarkSession(config, setup, profile: profile)
    var seconds = 0.0
    var count = 0
    try session.run(phase) {
      seconds += $0.seconds
      count += 1
    } beforeFirst: {
      profile.reset()
    }
    return ProfileTable(
      phase: phase, entries: profile.entries, repeats: count, seconds: seconds)
  }

  /// The path that a supernet of blocks takes now: from space to the one choice.
  private var path: Config? {
    guard !algorithm.isRetraining,
      let subnet = algorithm.blockSearch?.mutator.currentSubnet
    else { return nil }
    var result: Config = [:]
    for (space, names) in subnet.chosen { result[space] = .string(names.first ?? "") }
    return result
  }

  /// Runs the phase and reports each timed repeat.
  private func run(
    _ phase: BenchmarkPhase, report: (BenchmarkRepeat) -> Void, beforeFirst: () -> Void = {}
  ) throws {
    if phase == .search {
      return try SearchBenchmark(self).run(report: report, beforeFirst: beforeFirst)
    }
    algorithm.setTraining(phase == .train)
    for index in 0..<(setup.warmup + setup.repeats) {
      // Numbers of their own for each repeat, so that a supernet takes another path.
      let context = StepContext(
        optimizers: optimizers, epoch: 0, iteration: index % Self.cycle(setup), seed: 0)
      if phase == .inference { prepareSubnet(context) }
      if index == setup.warmup { beforeFirst() }
      let start = ContinuousClock.now
      if phase == .train { try step(context) } else { _ = try algorithm.predict(batch) }
      guard index >= setup.warmup else { continue }
      report(BenchmarkRepeat(seconds: start.duration(to: .now) / .seconds(1), subnet: path))
    }
  }

  /// Subnets repeat after this many steps: what is timed then finds its primitives made, as it
  /// does after the first minutes of a long run.
  private static func cycle(_ setup: BenchmarkSetup) -> Int { max(min(setup.warmup, 4), 1) }

  private func prepareSubnet(_ context: StepContext) {
    guard !algorithm.isRetraining, let mutator = algorithm.blockSearch?.mutator else { return }
    mutator.setSubnet(mutator.sampleSubnet(&context.generator))
  }

  private func step(_ context: StepContext) throws {
    let output = try algorithm.trainStep([batch], context: context)
    guard let loss = output.loss else { return }
    try context.backward(from: loss)
    try context.step()
  }
}
