public import NN
public import Tensors

/// What a slimmable network's subnets cost, at table speed, as upstream's `get_subnet_flops`
/// counts.
///
/// The cost of each layer at full width is scaled by the shares of its live channels, in single
/// precision. So a depthwise convolution counts less than it costs; pooling counts nothing.
public struct SubnetFLOPs {
  private struct Entry {
    let full: Int
    let layer: any SlimmableLayer
    let countsInput: Bool
  }

  private let entries: [Entry]

  /// Reads the tape of a forward pass at full width.
  init(_ tape: Tape, of model: Module) {
    var layers: [ObjectIdentifier: any SlimmableLayer] = [:]
    for layer in TracedLayer.all(of: model) {
      for entry in layer.module.parameters where entry.name == "weight" {
        layers[ObjectIdentifier(entry.parameter)] = layer.module
      }
    }
    /// The layer whose output, up to pointwise operations, the node's value is.
    func layer(behind node: Int?) -> (any SlimmableLayer)? {
      guard let node else { return nil }
      switch tape.nodes[node].operation {
      case .convolution(_, let weight, _), .linear(let weight, _), .batchNorm(let weight?, _, _):
        return layers[ObjectIdentifier(weight.whole)]
      default: return layer(behind: tape.nodes[node].inputs.first ?? nil)
      }
    }
    entries = tape.nodes.indices.compactMap { index in
      let (isCounted, countsInput) =
        switch tape.nodes[index].operation {
        case .convolution, .linear: (true, true)
        case .batchNorm, .activation: (true, false)
        default: (false, false)
        }
      let full = tape.flops(at: index)
      guard isCounted, full > 0, let layer = layer(behind: index) else { return nil }
      return Entry(full: full, layer: layer, countsInput: countsInput)
    }
  }

  /// The cost of the subnet that the network computes now.
  public func callAsFunction() -> Int {
    var sum = 0.0
    for entry in entries {
      var cost = Double(entry.full)
      if entry.countsInput { cost *= Self.share(entry.layer.inMask) }
      sum += cost * Self.share(entry.layer.outMask)
    }
    return Int(sum.rounded(.toNearestOrEven))
  }

  private static func share(_ mask: ChannelMask?) -> Double {
    guard let mask else { return 1 }
    return Double(Float(mask.liveCount) / Float(mask.channelCount))
  }
}

extension StructurePruner {
  /// Measures what the prepared network's layers cost for an image of shape `[1, C, H, W]`.
  public func measureFLOPs(
    of model: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) -> SubnetFLOPs {
    let subnet = currentSubnet
    setMaxChannel()
    defer { setSubnet(subnet) }
    let tape = Tape()
    model.evaluating {
      forward(tape.watch(.zeros(input, layout: .channelsLast, on: device)))
    }
    return SubnetFLOPs(tape, of: model)
  }

  /// The number of trained parameters, those of dead channels left out.
  public func liveParameterCount(of model: Module) -> Int {
    model.namedModules().reduce(0) { sum, entry in
      var live: [Parameter] = entry.module.parameters.map(\.parameter)
      if entry.module.parameters.count > 0, entry.module is any SlimmableLayer,
        let layer = entry.module as? any WeightedLayer
      {
        live = [layer.weight, layer.bias].compactMap(\.self)
      }
      return sum + live.reduce(0) { $0 + ($1.requiresGradient ? $1.shape.count : 0) }
    }
  }
}
