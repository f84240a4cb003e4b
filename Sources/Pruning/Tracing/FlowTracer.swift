internal import NN
internal import Tensors

/// Follows channels through the tape of one forward pass, by what each operation means.
///
/// Where channels are combined one by one their layers are tied; where an operation relies on the
/// number or the order of channels (a cut, a shuffle, a group), they stay whole, which is always
/// right. What is not understood is kept in ``obstacles``.
struct FlowTracer {
  /// An operation through which channels cannot be followed.
  struct Obstacle {
    let operation: String
    /// The layers whose channels go in.
    let layers: [Int]
  }

  private enum Value {
    case channels(ChannelFlow)
    /// A parameter used as a tensor.
    case constant(Shape)
  }

  private(set) var layers: [TracedLayer]
  private(set) var ties = LayerTies()
  private(set) var obstacles: [Obstacle] = []
  /// For each node of the tape the layer that it calls.
  private(set) var called: [Int?] = []

  private let numbers: [ObjectIdentifier: Int]
  private var values: [Value] = []

  init(_ tape: Tape, of model: Module) {
    layers = TracedLayer.all(of: model)
    var numbers: [ObjectIdentifier: Int] = [:]
    for (number, layer) in layers.enumerated() {
      ties.addLayer()
      for entry in layer.module.parameters where entry.name == "weight" {
        numbers[ObjectIdentifier(entry.parameter)] = number
      }
    }
    self.numbers = numbers
    for node in tape.nodes {
      called.append(nil)
      values.append(trace(node, in: tape))
    }
    // Whoever uses the network counts on the width of its outputs.
    for output in tape.outputNodes { ties.pin(flow(output)) }
  }

  private mutating func trace(_ node: Tape.Node, in tape: Tape) -> Value {
    switch node.operation {
    case .input:
      return .channels(.fixed(channels(of: node.shape)))
    case .parameter(let parameter):
      return .constant(parameter.shape)
    case .convolution(_, let weight, _), .linear(let weight, _):
      return .channels(call(weight, node, in: tape))
    case .batchNorm(let weight, _, _):
      let input = flow(node.inputs.first ?? nil)
      guard let weight, let number = number(of: weight) else {
        // Running statistics alone do not tell whose they are.
        ties.pin(input)
        return .channels(input)
      }
      note(number, input: input, output: input)
      return .channels(input)
    case .activation, .elementwise, .pool, .resize, .pad, .dropout:
      return .channels(flow(node.inputs.first ?? nil))
    case .prelu(let weight) where weight.shape.count == 1:
      return .channels(flow(node.inputs.first ?? nil))
    case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum:
      return .channels(combine(node, in: tape))
    case .permute(let axes) where axes.starts(with: [0, 1]):
      return .channels(flow(node.inputs.first ?? nil))
    case .concatenate(let axis):
      return .channels(join(node, axis: axis))
    case .slice(let axis, _):
      guard axis == 1 else { return .channels(flow(node.inputs.first ?? nil)) }
      return .channels(keepingWhole(node))
    case .channelShuffle, .groupNorm, .prelu:
      return .channels(keepingWhole(node))
    case .reshape:
      return .channels(reshape(node, in: tape))
    case .softmax(let axis) where axis != 1, .logSoftmax(let axis) where axis != 1:
      return .channels(flow(node.inputs.first ?? nil))
    case .reduce:
      return .channels(reduce(node, in: tape))
    default:
      return .channels(stopping(node))
    }
  }
}

// MARK: - Layers

extension FlowTracer {
  private func number(of weight: Parameter) -> Int? { numbers[ObjectIdentifier(weight.whole)] }

  private mutating func call(_ weight: Parameter, _ node: Tape.Node, in tape: Tape) -> ChannelFlow {
    let input = flow(node.inputs.first ?? nil)
    guard let number = number(of: weight) else {
      ties.pin(input)
      return .fixed(channels(of: node.shape))
    }
    called[called.count - 1] = number
    let full = layers[number].module.fullChannels
    let made = ChannelFlow.made(by: number, channels: full.output)
    switch layers[number].kind {
    case .depthwise:
      // Behind a concatenation the layer has the runs of its input, and none of its own.
      if let maker = input.onlyLayer { ties.tie(maker, number) }
      let output = input.onlyLayer == nil ? input : made
      if input.layers.isEmpty { ties.pin(number) }
      note(number, input: input, output: output)
      return output
    case .grouped:
      ties.pin(input)
      ties.pin(number)
      note(number, input: input, output: made)
      return made
    case .linear where node.shape.rank != 2:
      // The features lie on another axis than channels.
      stop(node, input)
      ties.pin(number)
      note(number, input: .fixed(full.input), output: made)
      return .fixed(channels(of: node.shape))
    default:
      note(number, input: input, output: made)
      return made
    }
  }

  /// Notes a call; the calls of a shared layer must agree.
  private mutating func note(_ number: Int, input: ChannelFlow, output: ChannelFlow) {
    layers[number].calls += 1
    if let earlier = layers[number].input { ties.tie(earlier, input) }
    layers[number].input = layers[number].input ?? input
    layers[number].output = layers[number].output ?? output
  }
}

// MARK: - Operations

extension FlowTracer {
  private func channels(of shape: Shape) -> Int { shape.rank > 1 ? shape[1] : 0 }

  private func flow(_ node: Int?) -> ChannelFlow {
    guard let node, case .channels(let flow) = values[node] else { return .fixed(0) }
    return flow
  }

  private mutating func keepingWhole(_ node: Tape.Node) -> ChannelFlow {
    for input in node.inputs { ties.pin(flow(input)) }
    return .fixed(channels(of: node.shape))
  }

  private mutating func stop(_ node: Tape.Node, _ input: ChannelFlow) {
    ties.pin(input)
    obstacles.append(Obstacle(operation: node.operation.name, layers: input.layers))
  }

  private mutating func stopping(_ node: Tape.Node) -> ChannelFlow {
    for input in node.inputs { stop(node, flow(input)) }
    return .fixed(channels(of: node.shape))
  }

  private mutating func combine(_ node: Tape.Node, in tape: Tape) -> ChannelFlow {
    let channels = channels(of: node.shape)
    var result: ChannelFlow?
    for input in node.inputs {
      guard let input else {
        // A tensor from outside has the width that it has, unless it is a single number.
        result = result ?? .fixed(channels)
        for other in node.inputs { ties.pin(flow(other)) }
        continue
      }
      switch values[input] {
      case .constant(let shape):
        let axis = shape.rank - (node.shape.rank - 1)
        guard axis >= 0, shape[axis] != 1 else { continue }
        for other in node.inputs { ties.pin(flow(other)) }
      case .channels(let flow):
        if flow.extent != channels || tape.nodes[input].shape.rank != node.shape.rank {
          // One channel that scales all of the others.
          ties.pin(flow)
        } else if let earlier = result {
          ties.tie(earlier, flow)
        } else {
          result = flow
        }
      }
    }
    return result ?? .fixed(channels)
  }

  private mutating func join(_ node: Tape.Node, axis: Int) -> ChannelFlow {
    let parts = node.inputs.map(flow)
    guard axis != 1 else {
      // A part from outside cannot tell its channels.
      let joined = ChannelFlow(runs: parts.flatMap(\.runs))
      guard joined.extent == channels(of: node.shape) else { return keepingWhole(node) }
      return joined
    }
    for part in parts.dropFirst() { ties.tie(parts[0], part) }
    return parts[0]
  }

  private mutating func reshape(_ node: Tape.Node, in tape: Tape) -> ChannelFlow {
    guard let input = node.inputs.first.flatMap(\.self) else { return stopping(node) }
    let (before, after) = (tape.nodes[input].shape, node.shape)
    guard before.rank > 1, after.rank > 1, before[0] == after[0] else { return stopping(node) }
    if before[1] == after[1] { return flow(input) }
    let positions = before.dimensions.dropFirst(2).reduce(1, *)
    guard after.rank == 2, after[1] == before[1] * positions else { return stopping(node) }
    return flow(input).scaled(by: positions)
  }

  private mutating func reduce(_ node: Tape.Node, in tape: Tape) -> ChannelFlow {
    guard let input = node.inputs.first.flatMap(\.self) else { return stopping(node) }
    let (before, after) = (tape.nodes[input].shape, node.shape)
    guard before.rank > 1, after.rank > 1, before[0] == after[0], before[1] == after[1] else {
      return stopping(node)
    }
    return flow(input)
  }
}

extension Operation {
  /// What the operation is, for messages.
  var name: String {
    let text = String(describing: self)
    return switch self {
    case .elementwise(let name), .loss(let name): name
    default: text.prefix { $0 != "(" }.description
    }
  }
}
