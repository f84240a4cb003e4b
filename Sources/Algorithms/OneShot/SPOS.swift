public import Annotations
internal import Configs
public import Distillation
public import NN
public import SearchSpaces
public import Tensors
public import Training
public import Vision
internal import Zoo

/// Single path one-shot: each step trains one random path of the supernet; retraining trains the
/// subnet that was found.
///
/// Guo et al., "Single path one-shot neural architecture search with uniform sampling" (2020).
/// Choice blocks that a step leaves out keep moving by momentum and weight decay once they were
/// used, as under PyTorch 1.x, with which the published recipes were trained.
public final class SPOS: BaseModule, Algorithm {
  @Child public private(set) var architecture: any Architecture
  @Child public private(set) var mutator: (any SubnetMutator)?
  /// Lets the path that a step trains learn from a teacher.
  @Child public private(set) var distiller: (any Distiller)?
  public let isRetraining: Bool
  /// Whether normalisation uses the statistics of the batch in evaluation too: the running ones of
  /// a supernet belong to no single path.
  public let bnTrainingMode: Bool
  /// Channels, height and width of the image that costs are stated for.
  public let inputShape: Shape

  private let teaching: Teaching?
  private let context: BuildContext
  private var subnetCosts: SubnetComplexity?

  convenience init(_ reader: inout ConfigReader, in context: AlgorithmContext) throws {
    let path = reader.path
    let architecture = try reader.build(
      "architecture", from: context.catalogs.architectures, context: context.models)
    let mutator = try context.subnetMutator(&reader)
    if try reader.readIfPresent("pruner", as: Config.self) != nil {
      throw ConfigError.invalidValue(
        path: path.appending("pruner"), message: "SPOS searches blocks; it has no pruner")
    }
    let distillerConfig: Config? = try reader.readIfPresent("distiller")
    let isRetraining = try reader.read("retraining", default: false)
    let mutableConfig: String? = try reader.readIfPresent("mutable_cfg")
    if let channels: Config = try reader.readIfPresent("channel_cfg") {
      throw ConfigError.wrongType(
        path: path.appending("channel_cfg"), expected: "None", found: channels.kindName)
    }
    let inputShape = Shape(
      try reader.read("input_shape", default: [architecture.inChannels, 224, 224]))
    try architecture.check(inputShape, path: path.appending("input_shape"))
    let bnTrainingMode = try reader.read("bn_training_mode", default: false)
    let initRules: InitRules? = try reader.readIfPresent("init_cfg")

    try mutator?.prepare(architecture, in: context.mutators)
    try Placeholder.checkNone(in: architecture)
    if isRetraining, let mutator {
      guard let location = mutableConfig else {
        throw ConfigError.missingKey(path: path, key: "mutable_cfg")
      }
      let (subnet, file) = try context.subnet(
        at: location, path: path.appending("mutable_cfg"))
      try mutator.deploySubnet(subnet, file: file)
    }
    try architecture.checkFit(
      path: path.appending("architecture"), on: context.models.device)
    let teaching = try context.teaching(
      distillerConfig, path: path.appending("distiller"), scope: reader.scope, for: architecture)
    self.init(
      architecture: architecture, mutator: mutator, teaching: teaching, isRetraining: isRetraining,
      bnTrainingMode: bnTrainingMode, inputShape: inputShape, initRules: initRules,
      context: context.models)
  }

  init(
    architecture: any Architecture, mutator: (any SubnetMutator)?, teaching: Teaching? = nil,
    isRetraining: Bool, bnTrainingMode: Bool, inputShape: Shape, initRules: InitRules?,
    context: BuildContext
  ) {
    self.teaching = teaching
    distiller = teaching?.distiller
    self.architecture = architecture
    self.mutator = mutator
    self.isRetraining = isRetraining
    self.bnTrainingMode = bnTrainingMode
    self.inputShape = inputShape
    self.context = context
    super.init(initRules: initRules)
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    guard !training && bnTrainingMode else { return }
    for (_, module) in namedModules() where module is BatchNorm2d { module.setTraining(true) }
  }
}

// MARK: - Training and prediction

extension SPOS {
  public func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    let batch = batches[0]
    if !isRetraining, let mutator {
      mutator.setSubnet(mutator.sampleSubnet(&context.generator))
    }
    let input = batch.input(on: device)
    if let teaching {
      return TrainStepOutput(
        losses: try teaching.losses(of: architecture, input, batch.annotations),
        sampleCount: batch.count)
    }
    return try output(input.watched(by: Tape()), batch)
  }

  public func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    try output(batch.input(on: device), batch)
  }

  public func predict(_ batch: Batch) throws -> [Prediction] {
    try architecture.predictions(of: batch, on: device)
  }

  private func output(_ input: ImageInput, _ batch: Batch) throws -> TrainStepOutput {
    TrainStepOutput(
      losses: try architecture.losses(input, batch.annotations), sampleCount: batch.count)
  }

  private var device: any Device { context.device }

  public func initializeWeights() throws {
    try initializeWeights(in: context)
  }
}

// MARK: - Costs

extension SPOS {
  public var teachers: [any Architecture] { teaching?.teachers ?? [] }

  public var blockSearch: BlockSearch? {
    mutator.map { BlockSearch(mutator: $0, cost: complexity(of:)) }
  }

  public func complexity(height: Int, width: Int) -> Complexity {
    let subnet = mutator?.currentSubnet
    if !isRetraining { mutator?.selectAll() }
    defer {
      if !isRetraining, let mutator {
        if let subnet { mutator.setSubnet(subnet) } else { mutator.clearSubnet() }
      }
    }
    return Complexity.measure(
      architecture, input: [1, inputShape[0], height, width], on: device,
      forward: architecture.forwardForCounting)
  }

  public func complexity(of subnet: Subnet) -> Complexity {
    guard let mutator else {
      return complexity(height: inputShape[1], width: inputShape[2])
    }
    let costs =
      subnetCosts
      ?? mutator.measureSubnets(
        of: architecture, input: Shape([1] + inputShape.dimensions), on: device,
        forward: architecture.forwardForCounting)
    subnetCosts = costs
    return costs(subnet)
  }
}

extension AlgorithmContext {
  /// Builds the `mutator`, which must be one that sets a subnet for each step.
  fileprivate func subnetMutator(_ reader: inout ConfigReader) throws -> (any SubnetMutator)? {
    let path = reader.path.appending("mutator").appending("type")
    guard
      let mutator = try reader.buildIfPresent(
        "mutator", from: catalogs.mutators, context: models)
    else { return nil }
    guard let mutator = mutator as? any SubnetMutator else {
      throw ConfigError.invalidValue(
        path: path,
        message: "SPOS trains one subnet a step, which a \(type(of: mutator)) does not set")
    }
    return mutator
  }
}
