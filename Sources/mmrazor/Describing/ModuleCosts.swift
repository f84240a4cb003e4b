internal import NN
internal import Tensors

/// What the parts of a network cost: its children, and theirs.
struct ModuleCosts {
  struct Entry {
    let path: String
    /// The class, as this program names it.
    let kind: String
    var complexity = Complexity(flops: 0, parameters: 0)
  }

  /// In the network's order.
  private(set) var entries: [Entry] = []

  /// - Parameters:
  ///   - forward: the pass that counts, on an image of shape `input`.
  init(of model: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void) {
    var owners: [ObjectIdentifier: Int] = [:]
    for part in model.children {
      let parts = part.module.children.map { (path: "\(part.name).\($0.name)", module: $0.module) }
      for (path, module) in parts.isEmpty ? [(part.name, part.module)] : parts {
        var entry = Entry(path: path, kind: "\(type(of: module))")
        for (_, parameter) in module.namedParameters() {
          owners[ObjectIdentifier(parameter)] = entries.count
          if parameter.requiresGradient { entry.complexity.parameters += parameter.shape.count }
        }
        entries.append(entry)
      }
    }
    let tape = Tape()
    model.evaluating { forward(tape.watch(.zeros(input, layout: .channelsLast, on: device))) }
    // Operations without a weight belong to the part that was last seen.
    var current: Int?
    for (index, node) in tape.nodes.enumerated() {
      let weight: Parameter? =
        switch node.operation {
        case .convolution(_, let weight, _): weight
        case .linear(let weight, _): weight
        case .batchNorm(let weight, _, _): weight
        default: nil
        }
      if let weight { current = owners[ObjectIdentifier(weight.whole)] ?? current }
      if let current { entries[current].complexity.flops += tape.flops(at: index) }
    }
  }
}
