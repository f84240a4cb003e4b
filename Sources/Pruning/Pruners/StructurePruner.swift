public import NN
internal import OrderedCollections
public import Tensors

/// Finds which layers of a network must change their channels together, and narrows them together,
/// as upstream's `StructurePruner`.
///
/// The network is traced once (``prepare(_:input:on:forward:)``): its layers get masks, which
/// checkpoints keep and from which each layer knows what to compute. Nothing is computed for dead
/// channels, and activations have no room for them.
///
/// Liu et al., "Group Fisher pruning for practical network compression" (2021), trace a network in
/// a similar way.
public class StructurePruner: Module {
  /// Layers whose path starts with one of these are not pruned.
  public let exceptStartKeys: [String]

  /// The search spaces, in upstream's order; empty before ``prepare(_:input:on:forward:)``.
  public var channelSpaces: [ChannelSpace] { graph?.spaces.filter(\.isSearched) ?? [] }

  /// The subnet that the network computes now.
  public private(set) var currentSubnet = ChannelSubnet([:])

  private var graph: ChannelGraph?
  /// With the one of each that the trace went through.
  private var switchables: [(norm: SwitchableBatchNorm2d, traced: BatchNorm2d)] = []

  public init(exceptStartKeys: [String] = ["head.fc"]) {
    self.exceptStartKeys = exceptStartKeys
    super.init()
  }

  /// Traces `model`, gives its layers masks (all ones), and resets its running statistics.
  ///
  /// - Parameters:
  ///   - model: the network; the paths of its layers count from here.
  ///   - input: the shape of the image that is sent through, `[1, C, H, W]`.
  ///   - forward: runs the network on an image; no output may be narrowed, so all of them must lie
  ///     on the tape of the image.
  /// - Throws: ``PruningError/unsupportedOperation(operation:path:)``.
  public func prepare(
    _ model: Module, input: Shape = [1, 3, 224, 224], on device: any Device,
    forward: (Tensor) -> Void
  ) throws(PruningError) {
    let graph = try trace(model, input: input, on: device, forward: forward)
    self.graph = graph
    switchables = model.namedModules().compactMap {
      ($0.module as? SwitchableBatchNorm2d).map { ($0, $0.active) }
    }
    for layer in graph.layers {
      layer.module.addChannelMasks()
      (layer.module as? BatchNorm2d)?.resetStatistics()
    }
    setMaxChannel()
  }

  /// - Returns: the channels of `model` that are narrowed together; `model` stays as it is.
  func trace(
    _ model: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) throws(PruningError) -> ChannelGraph {
    let tape = Tape()
    model.evaluating {
      forward(tape.watch(.zeros(input, layout: .channelsLast, on: device)))
    }
    return try ChannelGraph(tape, of: model) { path in
      exceptStartKeys.contains { path.hasPrefix($0) }
    }
  }

  /// The result of the trace.
  var prepared: ChannelGraph {
    guard let graph else { preconditionFailure("the pruner was not prepared for a network") }
    return graph
  }
}

// MARK: - Subnets

extension StructurePruner {
  /// Makes the network compute `subnet`; spaces that it does not name keep all channels.
  public func setSubnet(_ subnet: ChannelSubnet) {
    let graph = prepared
    let live = { (space: ChannelSpace) in subnet[space.id] ?? .all(of: space.channelCount) }
    for space in graph.spaces {
      precondition(
        live(space).total == space.channelCount && live(space).count > 0,
        "a subnet with \(live(space)) channels for the space '\(space.id)' of "
          + "\(space.channelCount)")
    }
    for layer in graph.layers {
      let module = layer.module
      module.inMask?.select(
        graph.selection(layer.input, live) ?? .all(of: module.fullChannels.input))
      module.outMask?.select(
        graph.selection(layer.output, live) ?? .all(of: module.fullChannels.output))
    }
    for (norm, traced) in switchables {
      let selection = traced.outMask?.selection ?? .all(of: traced.channelCount)
      for other in norm.norms { other.outMask?.select(selection) }
    }
    currentSubnet = subnet
  }

  /// Makes the network compute with all channels.
  public func setMaxChannel() {
    setSubnet(subnet { .all(of: $0.channelCount) })
  }

  /// Makes the network compute `subnet` with the normalisation of number `index` of each
  /// ``SwitchableBatchNorm2d``.
  public func switchSubnet(_ subnet: ChannelSubnet, index: Int) {
    for (norm, _) in switchables { norm.index = index }
    setSubnet(subnet)
  }

  /// Takes over the subnet that the masks tell, after a checkpoint was loaded into the network.
  /// Does nothing where they tell ``currentSubnet``.
  ///
  /// - Throws: ``PruningError/inconsistentMasks(path:live:needed:)``.
  public func adoptMasks() throws(PruningError) {
    let graph = prepared
    var channels: OrderedDictionary<String, ChannelSelection> = [:]
    for layer in graph.layers where layer.kind != .norm {
      guard let mask = layer.module.outMask, let space = graph.space(of: layer.output) else {
        continue
      }
      let live = mask.selection ?? .all(of: mask.channelCount)
      let needed = channels[space.id] ?? live
      guard live == needed, live.count > 0 else {
        throw .inconsistentMasks(
          path: layer.path, live: live.count, needed: max(needed.count, 1))
      }
      channels[space.id] = live
    }
    let masked = ChannelSubnet(channels)
    let current = graph.spaces.allSatisfy {
      (currentSubnet[$0.id] ?? .all(of: $0.channelCount)) == masked[$0.id]
    }
    if !current { setSubnet(masked) }
  }

  /// The subnet that has `choose(space)` for each search space.
  public func subnet(
    _ choose: (ChannelSpace) throws -> ChannelSelection
  ) rethrows -> ChannelSubnet {
    var channels: OrderedDictionary<String, ChannelSelection> = [:]
    for space in channelSpaces { channels[space.id] = try choose(space) }
    return ChannelSubnet(channels)
  }
}
