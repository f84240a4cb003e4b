public import NN
public import Tensors

/// Turns images `[N, 3, H, W]` into feature maps, one per stage that the config asks for.
public protocol Backbone: Module {
  func callAsFunction(_ images: Tensor) -> [Tensor]
}
