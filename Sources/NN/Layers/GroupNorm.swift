public import Tensors

/// Normalisation of `[N, C, H, W]` over groups of neighbouring channels, each image for itself.
///
/// Wu & He, "Group normalization" (2018). It does the same in training and evaluation.
public final class GroupNorm: Module, NormalizationLayer {
  public let groupCount: Int
  public let channelCount: Int
  public let epsilon: Float
  public let weight: Parameter?
  public let bias: Parameter?

  /// Whether the groups are equally large, as they must be when the layer is called.
  public var hasWholeGroups: Bool { channelCount % groupCount == 0 }

  /// - Parameter isAffine: whether there is a learnt weight and bias.
  public init(
    _ groupCount: Int, _ channelCount: Int, epsilon: Float = 1e-5, isAffine: Bool = true,
    in context: LayerContext
  ) {
    precondition(groupCount > 0, "\(groupCount) groups of \(channelCount) channels")
    self.groupCount = groupCount
    self.channelCount = channelCount
    self.epsilon = epsilon
    let shape: Shape = [channelCount]
    weight = isAffine ? Parameter(.filled(1, shape: shape, on: context.device)) : nil
    bias = isAffine ? Parameter(.zeros(shape, on: context.device)) : nil
    super.init()
    if let weight, let bias {
      register("weight", weight)
      register("bias", bias)
    }
  }

  public override var typeNames: [String] { ["GroupNorm"] }

  public var usesBatchStatistics: Bool { false }

  public func folded(on device: any Device) -> FoldedNorm? { nil }

  public func forward(_ input: Tensor, activation: Activation) -> Tensor {
    groupNorm(
      input, groups: groupCount, weight: weight, bias: bias, epsilon: epsilon,
      activation: activation)
  }
}
