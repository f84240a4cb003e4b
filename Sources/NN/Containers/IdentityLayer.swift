public import Tensors

/// Passes its input on (PyTorch's `nn.Identity`).
public final class IdentityLayer: Module, Layer {
  public func forward(_ input: Tensor) -> Tensor { input }
}
