public import Tensors

/// A fully connected layer; its weight is `[out, in]`.
public final class Linear: Module, Layer, WeightedLayer {
  public let linearWeight: Parameter
  public let bias: Parameter?

  public var weight: Parameter? { linearWeight }

  public init(_ inFeatures: Int, _ outFeatures: Int, hasBias: Bool = true, in context: LayerContext)
  {
    let distribution = Distribution.layerDefault(fanIn: inFeatures)
    linearWeight = distribution.parameter([outFeatures, inFeatures], in: context)
    bias = hasBias ? distribution.parameter([outFeatures], in: context) : nil
    super.init()
    register("weight", linearWeight)
    if let bias { register("bias", bias) }
  }

  public var inFeatures: Int { linearWeight.shape[1] }
  public var outFeatures: Int { linearWeight.shape[0] }

  public override var typeNames: [String] { ["Linear"] }

  /// `[N, in]` to `[N, out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    linear(input, weight: linearWeight, bias: bias)
  }
}
