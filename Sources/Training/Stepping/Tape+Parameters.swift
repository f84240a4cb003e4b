internal import Tensors

extension Tape {
  /// The parameters that `value` was computed from.
  func parameters(behind value: Tensor) -> Set<ObjectIdentifier> {
    var found: Set<ObjectIdentifier> = []
    var visited: Set<Int> = []
    var pending = value.trace.map { [$0.node] } ?? []
    while let index = pending.popLast() {
      guard visited.insert(index).inserted else { continue }
      pending += nodes[index].inputs.compactMap { $0 }
      let parameters: [Parameter?] =
        switch nodes[index].operation {
        case .parameter(let parameter): [parameter]
        case .convolution(_, let weight, let bias), .linear(let weight, let bias): [weight, bias]
        case .batchNorm(let weight, let bias, _), .groupNorm(_, let weight, let bias, _):
          [weight, bias]
        case .prelu(let weight): [weight]
        default: []
        }
      found.formUnion(parameters.compactMap { $0.map(ObjectIdentifier.init) })
    }
    return found
  }
}
