public import Tensors

extension Tape {
  /// The FLOPs of everything on the tape, counted operation by operation as mmcv does: convolution
  /// (with its bias), linear (without), normalisation, the rectifiers, and pooling. Other
  /// activations, additions, concatenation and reshaping count nothing.
  public var flops: Int {
    nodes.reduce(0) { $0 + flops(of: $1) }
  }

  /// The FLOPs of the operation at `node`, with an activation that is fused behind it.
  public func flops(at node: Int) -> Int { flops(of: nodes[node]) }

  private func flops(of node: Node) -> Int {
    let inputCount = node.inputs.first.flatMap { $0 }.map { nodes[$0].shape.count } ?? 0
    switch node.operation {
    case .convolution(_, let weight, let bias):
      let multiplyAdds = node.shape.count * weight.shape.dimensions.dropFirst().reduce(1, *)
      return multiplyAdds + (bias == nil ? 0 : node.shape.count)
    case .linear(let weight, _):
      return inputCount * weight.shape[0]
    case .batchNorm(let weight, _, let activation), .groupNorm(_, let weight, _, let activation):
      let normalisation = node.shape.count * (weight == nil ? 1 : 2)
      return normalisation + (activation.isCounted ? node.shape.count : 0)
    case .activation(let activation):
      return activation.isCounted ? node.shape.count : 0
    case .prelu:
      return node.shape.count
    case .pool:
      return inputCount
    default:
      return 0
    }
  }
}

extension Activation {
  /// Whether mmcv's counter knows the activation.
  fileprivate var isCounted: Bool {
    switch self {
    case .relu, .relu6, .leakyReLU: true
    default: false
    }
  }
}
