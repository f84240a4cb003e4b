public import Tensors

/// A pointwise activation as a module of its own, so that it has its place among the names.
public final class ActivationLayer: Module, Layer {
  public let activation: ActivationSpec

  public init(_ activation: ActivationSpec) {
    self.activation = activation
    super.init()
  }

  public override var typeNames: [String] { [activation.typeName] }

  public func forward(_ input: Tensor) -> Tensor {
    activation.apply(to: input)
  }
}
