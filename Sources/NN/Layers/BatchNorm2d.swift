public import Tensors

/// Batch normalisation over the channels of `[N, C, H, W]`.
///
/// Ioffe & Szegedy, "Batch normalization" (2015). In training it normalises with the statistics of
/// the batch and moves the running ones; in evaluation it uses those. Putting a single instance
/// into training mode makes a network that is otherwise evaluated use batch statistics.
public final class BatchNorm2d: Module, Layer, WeightedLayer {
  public let channelCount: Int
  public let epsilon: Float
  /// The share of a new batch in the running statistics; `nil` averages over all batches alike.
  public let momentum: Float?
  public let weight: Parameter?
  public let bias: Parameter?
  public let runningMean: Buffer?
  public let runningVariance: Buffer?
  /// `num_batches_tracked`, one int64.
  public let batchCount: Buffer?

  private let synchronizes: Bool

  /// - Parameters:
  ///   - isAffine: whether there is a learnt weight and bias.
  ///   - tracksStatistics: whether there are running statistics; without, batches always count.
  ///   - synchronizes: whether ranks share their statistics (`SyncBN`); one process has no others.
  public init(
    _ channelCount: Int, epsilon: Float = 1e-5, momentum: Float? = 0.1, isAffine: Bool = true,
    tracksStatistics: Bool = true, synchronizes: Bool = false, in context: LayerContext
  ) {
    self.channelCount = channelCount
    self.epsilon = epsilon
    self.momentum = momentum
    self.synchronizes = synchronizes
    let shape: Shape = [channelCount]
    let device = context.device
    weight = isAffine ? Parameter(.filled(1, shape: shape, on: device)) : nil
    bias = isAffine ? Parameter(.zeros(shape, on: device)) : nil
    runningMean = tracksStatistics ? Buffer(.zeros(shape, on: device)) : nil
    runningVariance = tracksStatistics ? Buffer(.filled(1, shape: shape, on: device)) : nil
    batchCount = tracksStatistics ? Buffer(.count(0, on: device)) : nil
    super.init()
    if let weight, let bias {
      register("weight", weight)
      register("bias", bias)
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

  /// Whether the next call normalises with the statistics of its own input.
  public var usesBatchStatistics: Bool { isTraining || runningMean == nil }

  public func callAsFunction(_ input: Tensor) -> Tensor {
    self(input, activation: .identity)
  }

  /// Normalises and applies `activation` in the same pass.
  public func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor {
    guard usesBatchStatistics else {
      return batchNormInference(
        input, weight: weight, bias: bias, mean: trackedMean, variance: trackedVariance,
        epsilon: epsilon, activation: activation)
    }
    return batchNormTraining(
      input, weight: weight, bias: bias, runningMean: runningMean?.value,
      runningVariance: runningVariance?.value, momentum: countBatch(), epsilon: epsilon,
      activation: activation)
  }

  /// What an inference convolution needs to do this layer's work on its own output.
  var folded: FoldedNorm {
    FoldedNorm(
      weight: weight, bias: bias, mean: trackedMean, variance: trackedVariance, epsilon: epsilon)
  }

  private var trackedMean: Tensor {
    guard let runningMean else { preconditionFailure("there are no running statistics to use") }
    return runningMean.value
  }

  private var trackedVariance: Tensor {
    guard let runningVariance else { preconditionFailure("there are no running statistics to use") }
    return runningVariance.value
  }

  /// Counts a batch and tells its share in the running statistics.
  private func countBatch() -> Float {
    guard let batchCount else { return 0 }
    let counter = batchCount.value.storage.pointer.assumingMemoryBound(to: Int64.self)
    counter.pointee += 1
    return momentum ?? 1 / Float(counter.pointee)
  }
}

extension Tensor {
  /// One int64 without axes.
  static func count(_ value: Int64, on device: any Device) -> Tensor {
    let tensor = uninitialized([], dtype: .int64, on: device)
    tensor.storage.pointer.initializeMemory(as: Int64.self, to: value)
    return tensor
  }
}
