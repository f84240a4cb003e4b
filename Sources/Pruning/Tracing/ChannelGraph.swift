internal import NN
internal import OrderedCollections
internal import Tensors

/// What the trace of a network found: its layers, and which of them share their channels.
struct ChannelGraph {
  private(set) var layers: [TracedLayer]
  /// All channels that can be narrowed, in upstream's order; those of layers that are excepted too.
  let spaces: [ChannelSpace]
  /// For each layer the space of the channels that it makes.
  private let spaceOfLayer: [Int?]

  /// Reads the tape of a forward pass of `model` in evaluation mode.
  ///
  /// - Parameter isExcepted: whether the layer of that path must stay whole.
  /// - Throws: ``PruningError/unsupportedOperation(operation:path:)``.
  init(_ tape: Tape, of model: Module, isExcepted: (String) -> Bool) throws(PruningError) {
    let flows = FlowTracer(tape, of: model)
    let order = LayerOrder(tape, called: flows.called)
    let feeding = order.feeding
    for obstacle in flows.obstacles {
      for layer in obstacle.layers
      where feeding.contains(layer) && !isExcepted(flows.layers[layer].path) {
        throw .unsupportedOperation(
          operation: obstacle.operation, path: flows.layers[layer].path)
      }
    }
    let classes = Self.classes(flows, order)
    var names: [Int: (id: String, members: [Int])] = [:]
    for (index, members) in classes.enumerated() {
      names[flows.ties.root(of: members[0])] = ("group_\(index)", members)
    }
    var spaces: [ChannelSpace] = []
    var places: [Int: Int] = [:]
    for layer in feeding {
      let root = flows.ties.root(of: layer)
      // A depthwise layer behind a concatenation makes no channels of its own.
      guard !flows.ties.keepsAll(layer), flows.layers[layer].output?.onlyLayer == layer else {
        continue
      }
      // A space is searched when upstream would: as soon as one of its layers is not excepted.
      let isSearched = !isExcepted(flows.layers[layer].path)
      if let place = places[root] {
        if isSearched { spaces[place].isSearched = true }
        continue
      }
      let (id, members) = names[root] ?? (flows.layers[layer].path, [layer])
      places[root] = spaces.count
      spaces.append(
        ChannelSpace(
          id: id, channelCount: flows.layers[layer].module.fullChannels.output,
          layers: members.map { flows.layers[$0].path }, isSearched: isSearched))
    }
    layers = flows.layers
    self.spaces = spaces
    spaceOfLayer = flows.layers.indices.map { places[flows.ties.root(of: $0)] }
  }

  /// The classes of several tied layers, numbered as upstream numbers its groups.
  private static func classes(_ flows: FlowTracer, _ order: LayerOrder) -> [[Int]] {
    var members: OrderedDictionary<Int, [Int]> = [:]
    for layer in flows.layers.indices where flows.layers[layer].kind != .norm {
      members[flows.ties.root(of: layer), default: []].append(layer)
    }
    var classes: OrderedDictionary<Int, OrderedSet<Int>> = [:]
    let isDepthwise = { (layer: Int) in flows.layers[layer].kind == .depthwise }
    for group in order.groups(isDepthwise: isDepthwise) {
      for layer in group {
        let root = flows.ties.root(of: layer)
        guard let all = members[root], all.count > 1 else { continue }
        classes[root, default: []].append(layer)
      }
    }
    for (root, all) in members where all.count > 1 {
      classes[root, default: []].append(contentsOf: all)
    }
    return classes.values.map { Array($0) }
  }
}

// MARK: - Narrowing

extension ChannelGraph {
  /// The live channels of a value when the spaces have `live` ones; `nil` when all are.
  func selection(
    _ flow: ChannelFlow?, _ live: (ChannelSpace) -> ChannelSelection
  ) -> ChannelSelection? {
    guard let flow, flow.layers.contains(where: { spaceOfLayer[$0] != nil }) else { return nil }
    var ranges: [Range<Int>] = []
    var start = 0
    for run in flow.runs {
      if let layer = run.layer, let space = spaceOfLayer[layer] {
        for range in live(spaces[space]).ranges {
          ranges.append(
            (start + range.lowerBound * run.scale)..<(start + range.upperBound * run.scale))
        }
      } else {
        ranges.append(start..<(start + run.extent))
      }
      start += run.extent
    }
    return ChannelSelection(ranges, of: start)
  }

  /// The space of the channels that the layer at `path` makes.
  func space(ofLayer path: String) -> ChannelSpace? {
    guard let index = layers.firstIndex(where: { $0.path == path }),
      let space = spaceOfLayer[index]
    else { return nil }
    return spaces[space]
  }

  /// For a layer that makes the channels of just one space, that space.
  func space(of flow: ChannelFlow?) -> ChannelSpace? {
    guard let layer = flow?.onlyLayer, let space = spaceOfLayer[layer] else { return nil }
    return spaces[space]
  }
}
