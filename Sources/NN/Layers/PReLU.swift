public import Tensors

/// The leaky rectifier whose slopes are learnt.
///
/// He et al., "Delving deep into rectifiers" (2015).
public final class PReLU: Module, Layer {
  /// `[1]`, or one slope a channel.
  public let weight: Parameter

  public init(_ slopeCount: Int = 1, initial: Float = 0.25, in context: LayerContext) {
    weight = Parameter(.filled(initial, shape: [slopeCount], on: context.device))
    super.init()
    register("weight", weight)
  }

  public override var typeNames: [String] { ["PReLU"] }

  public func forward(_ input: Tensor) -> Tensor {
    prelu(input, weight: weight)
  }
}
