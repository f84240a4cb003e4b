public import Tensors

/// A module from one tensor to one tensor.
public protocol Layer: Module {
  func callAsFunction(_ input: Tensor) -> Tensor
}
