public import Tensors

/// A module from one tensor to one tensor.
///
/// A model writes `forward` and calls its parts as functions: `conv(input)`. A call goes through
/// the door in `Module+Calls.swift`, which knows the part's observers and cache.
public protocol Layer: Module {
  func forward(_ input: Tensor) -> Tensor
}

/// A module from one tensor to several, as backbones are.
public protocol BranchingLayer: Module {
  func forward(_ input: Tensor) -> [Tensor]
}

/// A module from several tensors to several, as necks are.
public protocol ListLayer: Module {
  func forward(_ inputs: [Tensor]) -> [Tensor]
}

/// A module from several tensors to one, as heads are.
public protocol MergingLayer: Module {
  func forward(_ inputs: [Tensor]) -> Tensor
}

/// A module from two tensors to one.
public protocol PairLayer: Module {
  func forward(_ first: Tensor, _ second: Tensor) -> Tensor
}
