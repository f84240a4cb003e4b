public import Tensors

/// Batch normalisation over the channels of `[N, C, H, W]`.
///
/// Ioffe & Szegedy, "Batch normalization" (2015). In training it normalises with the statistics of
/// the batch and moves the running ones; in evaluation it uses those. Putting a single instance
/// into training mode makes a network that is otherwise evaluated use batch statistics.
///
/// A narrowed layer reads and moves the statistics of its live channels only.
///
/// A synchronised one (`SyncBN`), while it trains, normalises with the statistics of the batches of
/// all ranks together, as does its gradient; in all else it is the same layer.
public class BatchNorm2d: Module, NormalizationLayer {
  public let epsilon: Float
  /// The share of a new batch in the running statistics; `nil` averages over all batches alike.
  public let momentum: Float?
  public let runningMean: Buffer?
  public let runningVariance: Buffer?
  /// `num_batches_tracked`, one int64.
  public let batchCount: Buffer?
  public fileprivate(set) var outMask: ChannelMask?

  private var fullCount: Int
  private let fullWeight: Parameter?
  private let fullBias: Parameter?
  private let synchronizes: Bool
  /// The ranks that a synchronised layer shares its statistics with.
  private let ranks: (any RankGroup)?

  /// - Parameters:
  ///   - isAffine: whether there is a learnt weight and bias.
  ///   - tracksStatistics: whether there are running statistics; without, batches always count.
  ///   - synchronizes: whether the context's ranks share their statistics (`SyncBN`).
  public init(
    _ channelCount: Int, epsilon: Float = 1e-5, momentum: Float? = 0.1, isAffine: Bool = true,
    tracksStatistics: Bool = true, synchronizes: Bool = false, in context: LayerContext
  ) {
    fullCount = channelCount
    self.epsilon = epsilon
    self.momentum = momentum
    self.synchronizes = synchronizes
    ranks = synchronizes ? context.ranks : nil
    let shape: Shape = [channelCount]
    let device = context.device
    fullWeight = isAffine ? Parameter(.filled(1, shape: shape, on: device)) : nil
    fullBias = isAffine ? Parameter(.zeros(shape, on: device)) : nil
    runningMean = tracksStatistics ? Buffer(.zeros(shape, on: device)) : nil
    runningVariance = tracksStatistics ? Buffer(.filled(1, shape: shape, on: device)) : nil
    batchCount = tracksStatistics ? Buffer(.count(0, on: device)) : nil
    super.init()
    registerState()
  }

  /// A layer with the state of `other` in memory of its own.
  ///
  /// - Parameter registers: whether the state has its place in the state dict.
  init(copying other: BatchNorm2d, registers: Bool = true) {
    fullCount = other.fullCount
    epsilon = other.epsilon
    momentum = other.momentum
    synchronizes = other.synchronizes
    ranks = other.ranks
    fullWeight = other.fullWeight.map(Self.copy)
    fullBias = other.fullBias.map(Self.copy)
    runningMean = other.runningMean.map { Buffer($0.value.duplicate) }
    runningVariance = other.runningVariance.map { Buffer($0.value.duplicate) }
    batchCount = other.batchCount.map { Buffer(.count($0.value.countValue, on: $0.value.device)) }
    super.init()
    setTraining(other.isTraining)
    if registers { registerState() }
  }

  private static func copy(_ parameter: Parameter) -> Parameter {
    Parameter(parameter.value.duplicate, requiresGradient: parameter.requiresGradient)
  }

  private func registerState() {
    if let fullWeight, let fullBias {
      register("weight", fullWeight)
      register("bias", fullBias)
    }
    if let runningMean, let runningVariance, let batchCount {
      register("running_mean", runningMean)
      register("running_var", runningVariance)
      register("num_batches_tracked", batchCount)
    }
  }

  public override var typeNames: [String] {
    synchronizes ? ["SyncBatchNorm", "_BatchNorm"] : ["BatchNorm2d", "_BatchNorm", "_NormBase"]
  }

  /// The number of channels, dead ones included.
  public var channelCount: Int { fullCount }

  /// The weight of the live channels.
  public var weight: Parameter? {
    guard let outMask else { return fullWeight }
    return fullWeight?.narrowed(to: [outMask.selection])
  }

  /// The bias of the live channels.
  public var bias: Parameter? {
    guard let outMask else { return fullBias }
    return fullBias?.narrowed(to: [outMask.selection])
  }

  /// Whether the next call normalises with the statistics of its own input.
  public var usesBatchStatistics: Bool { isTraining || runningMean == nil }

  public func forward(_ input: Tensor, activation: Activation) -> Tensor {
    guard usesBatchStatistics else {
      return batchNormInference(
        input, weight: weight, bias: bias, mean: tracked(runningMean, on: input.device),
        variance: tracked(runningVariance, on: input.device), epsilon: epsilon,
        activation: activation)
    }
    let mean = live(runningMean, on: input.device)
    let variance = live(runningVariance, on: input.device)
    let output = batchNormTraining(
      input, weight: weight, bias: bias, runningMean: mean, runningVariance: variance,
      momentum: countBatch(), epsilon: epsilon, activation: activation,
      // In evaluation ranks need not have as many batches, and would wait for each other.
      sharedWith: isTraining ? ranks : nil)
    if let selection = outMask?.selection, !selection.isPrefix {
      // What is no prefix was gathered into a copy.
      if let mean { runningMean?.value.write(mean, at: [selection]) }
      if let variance { runningVariance?.value.write(variance, at: [selection]) }
    }
    return output
  }

  public func folded(on device: any Device) -> FoldedNorm? {
    guard !usesBatchStatistics else { return nil }
    return FoldedNorm(
      weight: weight, bias: bias, mean: tracked(runningMean, on: device),
      variance: tracked(runningVariance, on: device), epsilon: epsilon)
  }

  /// The statistics of the live channels; they share memory with the whole where these come first.
  private func live(_ statistic: Buffer?, on device: any Device) -> Tensor? {
    guard let selection = outMask?.selection else { return statistic?.value }
    return statistic?.value.selecting([selection], on: device)
  }

  private func tracked(_ statistic: Buffer?, on device: any Device) -> Tensor {
    guard let live = live(statistic, on: device) else {
      preconditionFailure("there are no running statistics to use")
    }
    return live
  }

  /// Counts a batch and tells its share in the running statistics.
  private func countBatch() -> Float {
    guard let batchCount else { return 0 }
    let counter = batchCount.value.storage.pointer.assumingMemoryBound(to: Int64.self)
    counter.pointee += 1
    return momentum ?? 1 / Float(counter.pointee)
  }
}

extension BatchNorm2d {
  /// Forgets the running statistics: mean 0, variance 1, no batch counted.
  public func resetStatistics() {
    runningMean?.value.floats.update(repeating: 0)
    runningVariance?.value.floats.update(repeating: 1)
    if let batchCount { batchCount.value = .count(0, on: batchCount.value.device) }
  }
}

// MARK: - Slimming

extension BatchNorm2d: SlimmableLayer {
  public var inMask: ChannelMask? { nil }
  public var fullChannels: (input: Int, output: Int) { (channelCount, channelCount) }

  public func addChannelMasks() {
    guard outMask == nil, let runningDevice = (fullWeight?.value ?? runningMean?.value)?.device
    else { return }
    let mask = ChannelMask(channels: fullCount, rank: 4, on: runningDevice)
    register("out_mask", mask)
    outMask = mask
  }

  public func keepChannels(input: ChannelSelection?, output: ChannelSelection?) {
    fullWeight?.keep([output])
    fullBias?.keep([output])
    runningMean?.keep(output)
    runningVariance?.keep(output)
    if let output { fullCount = output.count }
    outMask?.resize(to: fullCount)
  }
}

extension Tensor {
  /// One int64 without axes.
  static func count(_ value: Int64, on device: any Device) -> Tensor {
    let tensor = uninitialized([], dtype: .int64, on: device)
    tensor.storage.pointer.initializeMemory(as: Int64.self, to: value)
    return tensor
  }

  fileprivate var countValue: Int64 { storage.pointer.load(as: Int64.self) }

  fileprivate var duplicate: Tensor { Tensor(values, shape: shape, on: device) }
}
