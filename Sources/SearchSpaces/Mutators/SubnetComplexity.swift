public import NN
internal import OrderedCollections
internal import Tensors

/// The cost of every subnet of a supernet, known without running it.
///
/// The choices of a block see the same input whatever other blocks choose, so the cost of a subnet
/// is that of the fixed parts plus one table entry per block.
public struct SubnetComplexity: Sendable {
  /// Everything outside of choice blocks.
  public let fixed: Complexity
  /// Per space id, the cost of each choice, summed over the blocks that share the space.
  private let choices: [String: [String: Complexity]]

  /// Runs the supernet once, and each choice once on an input of its place.
  ///
  /// - Parameters:
  ///   - spaces: the choice blocks of `supernet`, which compute their first choices.
  ///   - input: the shape of an image, `[1, C, H, W]`.
  ///   - forward: runs `supernet`.
  init(
    of supernet: Module, _ spaces: [SpaceBlocks<OneShotOP>], input: Shape, on device: any Device,
    forward: (Tensor) -> Void
  ) {
    var inputs: [ObjectIdentifier: Shape] = [:]
    let observations = spaces.flatMap(\.blocks).map { block in
      block.observe { inputs[ObjectIdentifier(block)] = $0.inputs[0].shape }
    }
    var rest = Complexity.measure(supernet, input: input, on: device, forward: forward)
    for observation in observations { observation.cancel() }

    var table: [String: [String: Complexity]] = [:]
    for space in spaces {
      var costs: [String: Complexity] = [:]
      for block in space.blocks {
        guard let shape = inputs[ObjectIdentifier(block)] else { continue }
        for (index, name) in block.choiceNames.enumerated() {
          let layer = block.choices.layers[index]
          let cost = Complexity.measure(layer, input: shape, on: device) { _ = layer($0) }
          costs[name, default: Complexity(flops: 0, parameters: 0)].flops += cost.flops
          costs[name, default: Complexity(flops: 0, parameters: 0)].parameters += cost.parameters
          // The run was made with the first choices; the parameters are those of all of them.
          if index == 0 { rest.flops -= cost.flops }
          rest.parameters -= cost.parameters
        }
      }
      table[space.space.id] = costs
    }
    fixed = rest
    choices = table
  }

  /// The cost of a subnet that fits the search spaces.
  public func callAsFunction(_ subnet: Subnet) -> Complexity {
    var sum = fixed
    for (id, names) in subnet.chosen {
      for name in names {
        guard let cost = choices[id]?[name] else {
          preconditionFailure("the supernet has no choice '\(name)' of a space '\(id)'")
        }
        sum.flops += cost.flops
        sum.parameters += cost.parameters
      }
    }
    return sum
  }
}
