public import Tensors

// The door through which modules are called: one function for each shape of call. No module declares
// another `callAsFunction`; `tools/dev/check_sources.py` sees to that.

extension Layer {
  public func callAsFunction(_ input: Tensor) -> Tensor {
    guard let interception else { return forward(input) }
    return interception.output(of: self, [input]) { forward(input) }
  }
}

extension BranchingLayer {
  public func callAsFunction(_ input: Tensor) -> [Tensor] {
    guard let interception else { return forward(input) }
    return interception.outputs(of: self, [input]) { forward(input) }
  }
}

extension ListLayer {
  public func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
    guard let interception else { return forward(inputs) }
    return interception.outputs(of: self, inputs) { forward(inputs) }
  }
}

extension MergingLayer {
  public func callAsFunction(_ inputs: [Tensor]) -> Tensor {
    guard let interception else { return forward(inputs) }
    return interception.output(of: self, inputs) { forward(inputs) }
  }
}

extension PairLayer {
  public func callAsFunction(_ first: Tensor, _ second: Tensor) -> Tensor {
    guard let interception else { return forward(first, second) }
    return interception.output(of: self, [first, second]) { forward(first, second) }
  }
}
