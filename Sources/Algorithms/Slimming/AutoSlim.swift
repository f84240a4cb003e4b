public import Annotations
public import Distillation
public import NN
public import Pruning
public import Tensors
public import Training
public import Vision
internal import Zoo

/// AutoSlim: a network that is trained at many widths at once, and the narrow networks that were
/// found in it.
///
/// Yu & Huang, "AutoSlim: towards one-shot architecture search for channel numbers" (2019). A step
/// of the supernet follows the sandwich rule: full width, least width, and random widths between;
/// with a distiller, the narrow ones learn from the full one, or all of them from a teacher.
public final class AutoSlim: BaseModule, Algorithm {
  /// The networks that the steps of a run train.
  public enum Stage {
    /// The network at all widths.
    case supernet
    /// One network, cut down to its channels.
    case subnet
    /// Several networks that share weights, each with normalisation of its own.
    case subnets([ChannelSubnet])
  }

  @Child public private(set) var architecture: any Architecture
  @Child public private(set) var pruner: any Pruner
  @Child public private(set) var distiller: (any Distiller)?
  private let teaching: Teaching?
  public let stage: Stage
  /// How many widths a step trains, the least and the full one included.
  public let sampleCount: Int
  /// Whether normalisation uses the statistics of the batch in evaluation too: the running ones
  /// belong to no single width.
  public let bnTrainingMode: Bool
  /// Channels, height and width of the image that subnets' costs are stated for; `nil` where the
  /// config does not ask for costs.
  public let inputShape: Shape?

  /// Draws the widths between the least and the full one.
  var drawSubnet: (inout Generator) -> ChannelSubnet

  private let context: BuildContext
  private var subnetCosts: SubnetFLOPs?
  /// Which of several subnets the network computes.
  private var subnetIndex = 0

  init(
    architecture: any Architecture, pruner: any Pruner, teaching: Teaching?, stage: Stage,
    sampleCount: Int, bnTrainingMode: Bool, inputShape: Shape?, initRules: InitRules?,
    context: BuildContext
  ) {
    self.architecture = architecture
    self.pruner = pruner
    self.teaching = teaching
    distiller = teaching?.distiller
    self.stage = stage
    self.sampleCount = sampleCount
    self.bnTrainingMode = bnTrainingMode
    self.inputShape = inputShape
    self.context = context
    drawSubnet = { [pruner] in pruner.sampleSubnet(&$0) }
    super.init(initRules: initRules)
  }

  public var isRetraining: Bool {
    if case .supernet = stage { false } else { true }
  }

  public override func setTraining(_ training: Bool) {
    super.setTraining(training)
    guard !training && bnTrainingMode else { return }
    for (_, module) in namedModules() where module is BatchNorm2d { module.setTraining(true) }
  }

  public func initializeWeights() throws {
    try initializeWeights(in: context)
  }

  private var device: any Device { context.device }
}

// MARK: - Training

extension AutoSlim {
  /// Trains every width of the step and moves the parameters once.
  public func trainStep(_ batches: [Batch], context: StepContext) throws -> TrainStepOutput {
    let batch = batches[0]
    let images = batch.pixels.tensor(on: device)
    defer { distiller?.forget() }
    if let teaching, !teaching.isOfItself {
      _ = try teaching.teach(batch.input(on: device), batch.annotations)
    }
    var log = StepLog()
    switch stage {
    case .supernet:
      try trainWidths(images, batch, &log, context)
    case .subnet:
      log.add("prune_model", try backward(images, context) { try taughtLosses($0, batch) })
    case .subnets(let subnets):
      for (index, subnet) in subnets.enumerated() {
        switchTo(subnet, index)
        log.add(
          "prune_model_\(index + 1)",
          try backward(images, context) { try taughtLosses($0, batch) })
      }
    }
    try context.step()
    return TrainStepOutput(
      loss: nil, logVariables: log.variables, sampleCount: batch.count)
  }

  /// The sandwich rule.
  private func trainWidths(
    _ images: Tensor, _ batch: Batch, _ log: inout StepLog, _ context: StepContext
  ) throws {
    pruner.setMaxChannel()
    log.add(
      "max_model",
      try backward(images, context) { images in
        guard let teaching, teaching.isOfItself else { return try taughtLosses(images, batch) }
        return try teaching.distiller.teaching { try losses(images, batch) }
      })
    func learn(_ images: Tensor) throws -> Losses {
      try distiller?.learning(batch.annotations) { _ = try losses(images, batch) }
        ?? losses(images, batch)
    }
    pruner.setMinChannel()
    log.add("min_model", try backward(images, context, learn))
    for number in 1..<max(sampleCount - 1, 1) {
      pruner.setSubnet(drawSubnet(&context.generator))
      let name = "prune_model\(number)" + (distiller == nil ? "" : "_distiller")
      log.add(name, try backward(images, context, learn))
    }
  }

  /// The losses of a network that learns from the labels, and from a teacher if there is one.
  private func taughtLosses(_ images: Tensor, _ batch: Batch) throws -> Losses {
    guard let teaching, !teaching.isOfItself else { return try losses(images, batch) }
    let learned = try teaching.learn(batch.annotations) { try losses(images, batch) }
    return learned.student + learned.distiller
  }

  private func losses(_ images: Tensor, _ batch: Batch) throws -> Losses {
    try architecture.losses(
      ImageInput(images: images, metas: batch.metas), batch.annotations)
  }

  /// A pass forward and backward on a tape of its own, which adds to the gradients.
  ///
  /// - Returns: the values of the losses.
  private func backward(
    _ images: Tensor, _ context: StepContext, _ losses: (Tensor) throws -> Losses
  ) throws -> [(name: String, value: Double)] {
    let tape = Tape()
    let losses = try losses(tape.watch(images))
    if let loss = TrainStepOutput(losses: losses, sampleCount: images.shape[0]).loss {
      try context.backward(from: loss)
    }
    return losses.map { name, value in
      (name, Double(value.shape.count == 1 ? value.scalar : value.mean().scalar))
    }
  }

  private func switchTo(_ subnet: ChannelSubnet, _ index: Int) {
    subnetIndex = index
    pruner.switchSubnet(subnet, index: index)
  }
}

/// The variables of a step's log line.
private struct StepLog {
  private var entries: [(String, Double)] = []

  mutating func add(_ prefix: String, _ losses: [(name: String, value: Double)]) {
    entries += losses.map { ("\(prefix).\($0.name)", $0.value) }
  }

  /// The entries, and the sum of all losses.
  var variables: [(String, Double)] {
    entries
      + [("loss", entries.reduce(0) { $1.0.contains("loss") ? $0 + $1.1 : $0 })]
  }
}

// MARK: - Evaluation

extension AutoSlim {
  public func validationStep(_ batch: Batch, context: StepContext) throws -> TrainStepOutput {
    try selectSubnet()
    return TrainStepOutput(
      losses: try losses(batch.pixels.tensor(on: device), batch), sampleCount: batch.count)
  }

  /// Predictions of the network as its masks say: the last one that was trained or set, or the one
  /// that a checkpoint was saved with.
  public func predict(_ batch: Batch) throws -> [Prediction] {
    try selectSubnet()
    return try architecture.predictions(of: batch, on: device)
  }

  /// Makes sure that all layers compute the same network, after a checkpoint may have brought
  /// other masks.
  private func selectSubnet() throws {
    switch stage {
    case .supernet: try pruner.adoptMasks()
    case .subnet: break
    case .subnets(let subnets): switchTo(subnets[subnetIndex], subnetIndex)
    }
  }
}

// MARK: - Costs

extension AutoSlim {
  public var teachers: [any Architecture] { teaching?.teachers ?? [] }

  /// The cost at full width, or of the subnet that is trained.
  public func complexity(height: Int, width: Int) -> Complexity {
    if case .subnet = stage { return measure(height, width) }
    let subnet = pruner.currentSubnet
    pruner.setMaxChannel()
    defer { pruner.setSubnet(subnet) }
    return measure(height, width)
  }

  /// The cost of the network as it computes now, dead channels left out.
  public func liveComplexity(height: Int, width: Int) -> Complexity {
    var complexity = measure(height, width)
    complexity.parameters = pruner.liveParameterCount(of: architecture)
    return complexity
  }

  public var channelSearch: ChannelSearch? {
    switch stage {
    case .supernet: ChannelSearch(pruner: pruner, cost: subnetFLOPs)
    case .subnet: nil
    case .subnets(let subnets): ChannelSearch(pruner: pruner, subnets: subnets) { nil }
    }
  }

  /// The cost of the subnet that the network computes now, as upstream's `get_subnet_flops`; `nil`
  /// where the config has no `input_shape`.
  public func subnetFLOPs() -> Int? {
    guard let inputShape, case .supernet = stage else { return nil }
    let costs =
      subnetCosts
      ?? pruner.measureFLOPs(
        of: architecture.model, input: Shape([1] + inputShape.dimensions), on: device,
        forward: architecture.forwardForCounting)
    subnetCosts = costs
    return costs()
  }

  private func measure(_ height: Int, _ width: Int) -> Complexity {
    Complexity.measure(
      architecture, input: [1, architecture.inChannels, height, width], on: device,
      forward: architecture.forwardForCounting)
  }
}
