import Annotations
import Checkpoints
import Configs
import Distributed
import NN
import OrderedCollections
import Tensors
import Testing
import Vision

@testable import Training

/// The one way from losses to optimizers: accumulation, ranks, clipping, several optimizers.
@Suite("Steps")
struct StepTests {
  @discardableResult
  private func run(
    _ config: Config, in folder: TemporaryFolder, model: any TrainableModel,
    sources: [any BatchSource] = [toyLoader()], log: RunLog? = nil,
    communicator: any Communicator = SingleProcess()
  ) throws -> Runner {
    let session = try TrainingSession(
      config: config, model: model, sources: [sources], validation: nil, setup: folder.setup(),
      logger: (log ?? RunLog(name: "mmcls", showsOnConsole: false)).logger,
      communicator: communicator)
    try session.run()
    return session.runner
  }

  private func accumulating(_ count: Int, _ changes: (inout Config) -> Void = { _ in }) -> Config {
    toyConfig {
      $0["optimizer_config"] = [
        "type": "GradientCumulativeOptimizerHook", "cumulative_iters": .int(count),
        "grad_clip": ["max_norm": 0.5],
      ]
      changes(&$0)
    }
  }

  // MARK: - Accumulation

  @Test("the last group of a run may be shorter")
  func windows() {
    let windows = (0..<7).map { AccumulationWindow(iteration: $0, of: 7, groupedBy: 3) }
    #expect(windows.map(\.length) == [3, 3, 3, 3, 3, 3, 1])
    #expect(windows.map(\.isFirst) == [true, false, false, true, false, false, true])
    #expect(windows.map(\.isLast) == [false, false, true, false, false, true, true])
    let short = (0..<2).map { AccumulationWindow(iteration: $0, of: 2, groupedBy: 5) }
    #expect(short.map(\.length) == [2, 2])
    #expect(short.map(\.isLast) == [false, true])
  }

  @Test(
    "a checkpoint in the middle of a group goes on bit for bit",
    arguments: [
      (["type": "IterBasedRunner", "max_iters": 11], "iter_4.pth", "iter_6.pth"),
      // 5 batches an epoch.
      (["type": "EpochBasedRunner", "max_epochs": 4], "epoch_2.pth", "epoch_3.pth"),
    ] as [(Config, String, String)])
  func resumesInsideAGroup(runner: Config, checkpoint: String, whole: String) throws {
    let config = accumulating(3) {
      $0["runner"] = runner
      $0["checkpoint_config"] = ["interval": 1]
    }
    let (full, rest) = (try TemporaryFolder(), try TemporaryFolder())
    let uninterrupted = ToyModel()
    try run(config, in: full, model: uninterrupted)
    let stored = try Checkpoint.read(full.path + "/" + checkpoint)
    let gradients = try #require(stored.optimizer?["accumulated_gradients"]?.dictionary)
    #expect(gradients.count > 0)
    let closed = try Checkpoint.read(full.path + "/" + whole)
    #expect(closed.optimizer?["accumulated_gradients"] == nil)

    let resumed = ToyModel(seed: 99)
    var resuming = config
    resuming["resume_from"] = .string(full.path + "/" + checkpoint)
    try run(resuming, in: rest, model: resumed)
    #expect(uninterrupted.values == resumed.values)
    let (a, b) = (
      try Checkpoint.read(full.path + "/latest.pth"), try Checkpoint.read(rest.path + "/latest.pth")
    )
    #expect(try momentum(a) == momentum(b))
  }

  private func momentum(_ checkpoint: Checkpoint) throws -> [[Float]] {
    let state = try #require(checkpoint.optimizer?["state"]?.dictionary)
    return try state.items.values.map {
      try #require($0["momentum_buffer"]?.tensor).floats()
    }
  }

  @Test("gradients that a checkpoint lost are told of")
  func lostGradients() throws {
    let (folder, rest) = (try TemporaryFolder(), try TemporaryFolder())
    try run(accumulating(3), in: folder, model: ToyModel())
    var checkpoint = try Checkpoint.read(folder.path + "/iter_4.pth")
    var optimizer = try #require(checkpoint.optimizer?.dictionary)
    optimizer["accumulated_gradients"] = nil
    checkpoint.optimizer = .dict(optimizer)
    try checkpoint.write(to: rest.path + "/upstream.pth")
    let log = try RunLog(name: "mmcls", file: rest.path + "/run.log", showsOnConsole: false)
    try run(
      accumulating(3) { $0["resume_from"] = .string(rest.path + "/upstream.pth") }, in: rest,
      model: ToyModel(), log: log)
    #expect(try rest.text("run.log").contains("1 of the 3 iterations of a step were done"))
  }

  // MARK: - Models that step themselves

  @Test("a model that steps itself takes the hook's accumulation and clipping along")
  func ownSteps() throws {
    let (hooked, own) = (ToyModel(), ToyModel())
    let (hookFolder, ownFolder) = (try TemporaryFolder(), try TemporaryFolder())
    let config = accumulating(3) {
      $0["log_config"] = ["interval": 1, "hooks": [["type": "TextLoggerHook"]]]
    }
    try run(config, in: hookFolder, model: hooked)
    try run(config, in: ownFolder, model: SteppingModel(own))
    #expect(hooked.values == own.values)
    func norms(_ folder: TemporaryFolder) throws -> [Substring] {
      try folder.text("20261123_235301.log.json").matches(of: #/"grad_norm": [\d.e-]+/#)
        .map(\.output)
    }
    #expect(Set(try norms(hookFolder)).count == 3)
    #expect(try norms(hookFolder) == norms(ownFolder))
  }

  @Test("without a hook a model that steps itself is neither clipped nor accumulated")
  func ownStepsWithoutHook() throws {
    let (hooked, own) = (ToyModel(), ToyModel())
    try run(toyConfig(), in: try TemporaryFolder(), model: hooked)
    try run(
      toyConfig { $0["optimizer_config"] = .some(Config.none) }, in: try TemporaryFolder(),
      model: SteppingModel(own))
    #expect(hooked.values == own.values)
  }

  @Test("a loss without a hook, and a loss after a step, are errors")
  func oneStepper() throws {
    let missing = #expect(throws: TrainingError.self) {
      try run(
        toyConfig { $0["optimizer_config"] = .some(Config.none) }, in: try TemporaryFolder(),
        model: ToyModel())
    }
    #expect(missing == .nothingSteps)
    let twice = #expect(throws: TrainingError.self) {
      try run(
        toyConfig(), in: try TemporaryFolder(), model: SteppingModel(ToyModel(), leavesLoss: true))
    }
    #expect(twice == .stepsTwice(hook: "OptimizerHook"))
  }

  // MARK: - Several optimizers

  @Test("each optimizer moves its own parameters by its own gradients")
  func severalOptimizers() throws {
    let device = CPU(threads: 1)
    func parameter(_ value: Float) -> Parameter {
      Parameter(Tensor([value], shape: [1], on: device))
    }
    let (weight, alpha) = (parameter(2), parameter(3))
    func optimizer(_ parameter: Parameter) -> Optimizer {
      Optimizer(
        name: "SGD",
        groups: [
          ParameterGroup(parameters: [parameter], learningRate: 1, weightDecay: 0, rule: SGD())
        ])
    }
    let context = StepContext(
      optimizers: .named(["weights": optimizer(weight), "alphas": optimizer(alpha)]), epoch: 0,
      iteration: 0, seed: 0)
    func loss() -> Tensor {
      let tape = Tape()
      return tape.value(of: weight) * tape.value(of: alpha)
    }
    try context.backward(from: loss(), for: "alphas")
    if case .none = weight.gradient {} else { Issue.record("the weight got a gradient") }
    try context.step("alphas")
    #expect(alpha.value.scalar == 1)
    #expect(weight.value.scalar == 2)
    try context.backward(from: loss(), for: "weights")
    try context.step("weights")
    #expect(weight.value.scalar == 1)
    #expect(alpha.value.scalar == 1)

    let unnamed = #expect(throws: TrainingError.self) { try context.step() }
    #expect(unnamed == .severalOptimizers(names: ["weights", "alphas"]))
    let unknown = #expect(throws: TrainingError.self) { try context.step("mutator") }
    #expect(
      unknown?.description
        == "optimizer: the model needs an optimizer 'mutator', the config has 'weights', 'alphas'")
  }

  // MARK: - Ranks

  @Test("two ranks with the same batches train like one")
  func ranks() throws {
    let (alone, together) = (ToyModel(), ToyModel())
    try run(accumulating(2), in: try TemporaryFolder(), model: alone)
    try run(
      accumulating(2), in: try TemporaryFolder(), model: together, communicator: MirroredRank())
    #expect(alone.values == together.values)
  }

  @Test("a parameter that another rank used gets its gradient here too")
  func unusedParameters() throws {
    let device = CPU(threads: 1)
    let parameters = (0..<3).map { _ in Parameter(.zeros([2], on: device)) }
    parameters[1].gradient = .zero
    // The other rank has values for all, and its gradients are those of this rank.
    try MirroredRank(otherKinds: [2, 2, 0]).sumGradients(of: parameters)
    for (index, isUsed) in [true, true, false].enumerated() {
      switch parameters[index].gradient {
      case .value(let tensor): #expect(isUsed && tensor.values == [0, 0])
      case .none: #expect(!isUsed)
      case .zero: Issue.record("gradient \(index) was not summed")
      }
    }
  }

  // MARK: - Loaders side by side

  @Test("an epoch of loaders side by side ends with the shortest, and resumes in its middle")
  func sideBySide() throws {
    for (runner, checkpoint, count) in [
      (["type": "MultiLoaderEpochBasedRunner", "max_epochs": 4], "iter_5.pth", 12),
      (["type": "MultiLoaderIterBasedRunner", "max_iters": 9], "iter_5.pth", 9),
    ] as [(Config, String, Int)] {
      let config = toyConfig {
        $0["runner"] = runner
        $0["checkpoint_config"] = ["interval": 5, "by_epoch": false]
      }
      func sources() -> [any BatchSource] {
        [toyLoader(count: 20), toyLoader(count: 12, seed: 3)]
      }
      let (full, rest) = (try TemporaryFolder(), try TemporaryFolder())
      let uninterrupted = PairModel(ToyModel())
      let run = try run(config, in: full, model: uninterrupted, sources: sources())
      #expect(run.iteration == count)
      #expect(run.batchesPerEpoch == 3)
      #expect(run.name == runner["type"]?.text)
      // 3 batches an epoch of either loader.
      #expect(uninterrupted.places.prefix(4).map(\.[0]) == [0, 1, 2, 0])
      #expect(uninterrupted.places.allSatisfy { $0[0] == $0[1] })

      let resumed = PairModel(ToyModel(seed: 99))
      var resuming = config
      resuming["resume_from"] = .string(full.path + "/" + checkpoint)
      try self.run(resuming, in: rest, model: resumed, sources: sources())
      #expect(resumed.places.elementsEqual(uninterrupted.places.dropFirst(5)))
      #expect(resumed.inner.values == uninterrupted.inner.values)
    }
  }

  @Test("a model is told how many data sets it needs")
  func loaderCount() throws {
    for (model, count) in [(ToyModel(), 2), (PairModel(ToyModel()), 1)]
      as [(any TrainableModel, Int)]
    {
      let error = #expect(throws: ConfigError.self) {
        try run(
          toyConfig(), in: try TemporaryFolder(), model: model,
          sources: (0..<count).map { _ in toyLoader() })
      }
      #expect(
        error?.description.hasPrefix(
          "data.train: the algorithm takes batches of \(3 - count) data sets side by side, "
            + "found \(count)") == true)
    }
  }
}

/// A toy model that goes to the optimizer itself.
private final class SteppingModel: Module, TrainableModel {
  @Child var inner: ToyModel
  let leavesLoss: Bool

  init(_ inner: ToyModel, leavesLoss: Bool = false) {
    self.inner = inner
    self.leavesLoss = leavesLoss
    super.init()
  }

  override func setTraining(_ training: Bool) { inner.setTraining(training) }

  func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    var output = try inner.trainStep(batches, context: context)
    let loss = try #require(output.loss)
    if !leavesLoss {
      try context.backward(from: loss)
      output.loss = nil
    }
    try context.step()
    return output
  }

  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    try inner.validationStep(batch, context: context)
  }

  func predict(_ batch: Batch) throws -> [Prediction] { try inner.predict(batch) }
}

/// A toy model that learns from the batches of two loaders.
private final class PairModel: Module, TrainableModel {
  @Child var inner: ToyModel
  /// For each step, the places of its batches in their epochs.
  var places: [[Int]] = []

  init(_ inner: ToyModel) {
    self.inner = inner
    super.init()
  }

  override func setTraining(_ training: Bool) { inner.setTraining(training) }

  var loaderCount: Int { 2 }

  func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    places.append(batches.map(\.position.batch))
    var output = try inner.trainStep([batches[0]], context: context)
    let other = try inner.trainStep([batches[1]], context: context)
    for loss in [output.loss, other.loss].compactMap(\.self) { try context.backward(from: loss) }
    try context.step()
    output.loss = nil
    return output
  }

  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    try inner.validationStep(batch, context: context)
  }

  func predict(_ batch: Batch) throws -> [Prediction] { try inner.predict(batch) }
}

/// The first of two ranks, of which the other always has the same numbers.
private final class MirroredRank: Communicator {
  private let otherKinds: [Double]?

  /// - Parameter otherKinds: the numbers that the other rank gathers, where they differ.
  init(otherKinds: [Double]? = nil) {
    self.otherKinds = otherKinds
  }

  var rank: Int { 0 }
  var rankCount: Int { 2 }

  func sum(_ values: UnsafeMutableBufferPointer<Float>) {
    for index in values.indices { values[index] *= 2 }
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}

  func gatherFromAll(_ values: [Double]) -> [[Double]] { [values, otherKinds ?? values] }

  func barrier() {}

  func abort(_ error: CommunicationError) -> Never { fatalError("\(error)") }
}
