import Annotations
import Checkpoints
import Configs
import Foundation
import NN
import OrderedCollections
import Tensors
import Training
import Vision

/// Small pictures with random noise and two classes.
struct ToyDataset: LabelledDataset {
  let count: Int
  let classes = ["even", "odd"]

  init(count: Int) {
    self.count = count
  }

  var labels: [Int] { (0..<count).map { $0 % 2 } }

  func sample(at index: Int, generator: inout Generator) throws(VisionError) -> Sample {
    let pixels = (0..<12).map { place in
      Float(index % 2 == place % 2 ? 1 : 0) + Float(generator.normal()) * 0.3
    }
    return Sample(
      index: index, name: "\(index)",
      image: Image(width: 2, height: 2, channels: 3, floats: pixels),
      annotation: ImageAnnotation(label: index % 2))
  }
}

/// One of two layers, drawn for each step, behind normalisation and dropout: it depends on data,
/// chance, momentum of what is left out, and statistics that even move in evaluation.
final class ToyModel: Module, TrainableModel {
  let device: any Device
  @Child var bn: BatchNorm2d
  @Child var fc: Linear
  @Child var other: Linear
  @Child var drop: Dropout
  let noise: Double

  init(seed: UInt64 = 1, noise: Double = 0.1) {
    device = CPU(threads: 1)
    self.noise = noise
    let context = LayerContext(device: device, generator: Generator(seed: seed))
    bn = BatchNorm2d(3, in: context)
    fc = Linear(12, 2, in: context)
    other = Linear(12, 2, in: context)
    drop = Dropout(0.2, in: context)
    super.init()
  }

  override func setTraining(_ training: Bool) {
    super.setTraining(training)
    bn.setTraining(true)
  }

  private func losses(
    _ batch: Batch, _ context: StepContext, on tape: Tape?
  ) -> [(name: String, value: Tensor)] {
    let images = batch.pixels.tensor(on: device)
    let input = tape.map { $0.watch(images) } ?? images
    let scale = Float(1 + noise * context.generator.normal())
    let layer = noise > 0 && context.generator.uniform() < 0.4 ? other : fc
    let scores = layer(drop(bn(input).flattened())) * scale
    return [("loss", crossEntropy(scores, labels: batch.labels ?? []))]
  }

  func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    let batch = batches[0]
    return TrainStepOutput(losses: losses(batch, context, on: Tape()), sampleCount: batch.count)
  }

  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    TrainStepOutput(losses: losses(batch, context, on: nil), sampleCount: batch.count)
  }

  func predict(_ batch: Batch) throws -> [Prediction] {
    let input = bn(batch.pixels.tensor(on: device))
    let scores = softmax(fc(drop(input.flattened())), axis: 1).values
    return stride(from: 0, to: scores.count, by: 2).map {
      .scores(Array(scores[$0..<$0 + 2]))
    }
  }

  var parameterValues: [Float] { namedParameters().flatMap { $0.parameter.value.values } }

  /// Everything that a checkpoint keeps of it.
  var values: [Float] {
    stateEntries().filter { $0.entry.value.dtype == .float32 }
      .flatMap { $0.entry.value.values }
  }
}

/// Reports what it is told, and steps nothing.
final class SilentModel: Module, TrainableModel {
  var variables: [(String, Double)]

  init(parameters: [(String, Parameter)] = [], variables: [(String, Double)] = []) {
    self.variables = variables
    super.init()
    for (name, parameter) in parameters { register(name, parameter) }
  }

  func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    TrainStepOutput(loss: nil, logVariables: variables, sampleCount: batches[0].count)
  }

  func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    TrainStepOutput(loss: nil, logVariables: variables, sampleCount: batch.count)
  }

  func predict(_ batch: Batch) throws -> [Prediction] {
    batch.indices.map { _ in .scores([1, 0]) }
  }
}

/// A folder that vanishes with the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "training-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: path + "/" + name, encoding: .utf8)
  }

  func setup(seed: UInt64 = 7) -> RunSetup {
    RunSetup(
      workDirectory: path, timestamp: "20261123_235301", seed: seed,
      meta: ["env_info": "sys.platform: linux", "seed": .int(Int(seed)), "exp_name": "toy.py"],
      checkpointMeta: ["mmcls_version": "0.23.2", "config": "a = 1\n", "CLASSES": ["even", "odd"]])
  }
}

func toyLoader(count: Int = 20, batch: Int = 4, seed: UInt64 = 7) -> DataLoader {
  DataLoader(
    dataset: ToyDataset(count: count), batchSize: batch, workers: 1, shuffle: true, seed: seed)
}

func toyConfig(_ changes: (inout Config) -> Void = { _ in }) -> Config {
  var config: Config = [
    "optimizer": ["type": "SGD", "lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4],
    "optimizer_config": ["grad_clip": nil],
    "lr_config": ["policy": "poly", "power": 1.0, "min_lr": 0.0],
    "checkpoint_config": ["interval": 4],
    "log_config": ["interval": 2, "hooks": [["type": "TextLoggerHook"]]],
    "evaluation": ["interval": 4, "metric": "accuracy", "metric_options": ["topk": 1]],
    "runner": ["type": "IterBasedRunner", "max_iters": 8],
    "workflow": [.tuple(["train", 1])],
    "load_from": nil, "resume_from": nil,
  ]
  changes(&config)
  return config
}

extension Config {
  static let epochs: Config = ["type": "EpochBasedRunner", "max_epochs": 4]
}
