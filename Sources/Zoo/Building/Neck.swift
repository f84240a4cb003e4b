public import NN
public import Tensors

/// Works on a backbone's feature maps before the head gets them.
public protocol Neck: Module {
  func callAsFunction(_ features: [Tensor]) -> [Tensor]
}
