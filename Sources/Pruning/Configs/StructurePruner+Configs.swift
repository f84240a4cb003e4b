internal import Configs
public import NN
internal import OrderedCollections
public import Tensors

extension StructurePruner {
  /// The channels of the subnet that the network computes now, as upstream's `export_subnet`.
  public func exportSubnet() -> ChannelConfig {
    let graph = prepared
    var layers: OrderedDictionary<String, ChannelConfig.Layer> = [:]
    for layer in graph.layers {
      guard let outMask = layer.module.outMask else { continue }
      layers[Self.configPath(of: layer)] = ChannelConfig.Layer(
        inChannels: layer.module.inMask?.liveCount,
        rawInChannels: layer.module.inMask?.channelCount,
        outChannels: outMask.liveCount, rawOutChannels: outMask.channelCount)
    }
    return ChannelConfig(layers)
  }

  /// The subnet of the prepared network that has the channels of `config`, the first of each layer.
  ///
  /// - Throws: ``PruningError`` when the config is not one of this network.
  public func subnet(from config: ChannelConfig) throws(PruningError) -> ChannelSubnet {
    try Self.subnet(from: config, in: prepared)
  }

  /// Cuts `model` down to the channels of `config` for good: small parameters and no masks.
  ///
  /// - Parameters: as of ``prepare(_:input:on:forward:)``.
  /// - Throws: ``PruningError`` when the network cannot be pruned or the config is not one of it;
  ///   the model is unchanged then.
  public func deploySubnet(
    _ config: ChannelConfig, in model: Module, input: Shape = [1, 3, 224, 224],
    on device: any Device, forward: (Tensor) -> Void
  ) throws(PruningError) {
    let graph = try trace(model, input: input, on: device, forward: forward)
    let subnet = try Self.subnet(from: config, in: graph)
    let live = { (space: ChannelSpace) in subnet[space.id] ?? .all(of: space.channelCount) }
    for layer in graph.layers {
      layer.module.keepChannels(
        input: graph.selection(layer.input, live), output: graph.selection(layer.output, live))
    }
  }

  private static func subnet(
    from config: ChannelConfig, in graph: ChannelGraph
  ) throws(PruningError) -> ChannelSubnet {
    let file = config.file
    var known: OrderedDictionary<String, TracedLayer> = [:]
    for layer in graph.layers {
      known[configPath(of: layer)] = known[configPath(of: layer)] ?? layer
    }
    var channels: OrderedDictionary<String, ChannelSelection> = [:]
    for (path, entry) in config.layers {
      guard let layer = known[path] else {
        throw .unknownConfigLayer(
          file: file, path: path, nearest: NearestName.of(path, among: known.keys))
      }
      try checkExtents(of: layer, entry, path: path, file: file)
      guard layer.kind != .norm, let space = graph.space(of: layer.output) else { continue }
      let selection = ChannelSelection.prefix(entry.outChannels, of: space.channelCount)
      if let earlier = channels[space.id], earlier != selection {
        throw .inconsistentChannels(
          file: file, path: path, what: "out_channels", configured: selection.count,
          needed: earlier.count)
      }
      channels[space.id] = selection
    }
    let live = { (space: ChannelSpace) in channels[space.id] ?? .all(of: space.channelCount) }
    for (path, entry) in config.layers {
      guard let layer = known[path] else { continue }
      let full = layer.module.fullChannels
      let output = graph.selection(layer.output, live)?.count ?? full.output
      let input = graph.selection(layer.input, live)?.count ?? full.input
      guard entry.outChannels == output else {
        throw .inconsistentChannels(
          file: file, path: path, what: "out_channels", configured: entry.outChannels,
          needed: output)
      }
      if let configured = entry.inChannels, configured != input, layer.kind != .norm {
        throw .inconsistentChannels(
          file: file, path: path, what: "in_channels", configured: configured, needed: input)
      }
    }
    return ChannelSubnet(channels)
  }

  private static func checkExtents(
    of layer: TracedLayer, _ entry: ChannelConfig.Layer, path: String, file: String?
  ) throws(PruningError) {
    let full = layer.module.fullChannels
    let hasInput = layer.kind != .norm
    let rawInput = entry.rawInChannels ?? full.input
    let rawOutput = entry.rawOutChannels ?? full.output
    let fits =
      rawOutput == full.output && (!hasInput || rawInput == full.input)
      && entry.outChannels <= full.output
    guard !fits else { return }
    func text(_ input: Int, _ output: Int) -> String {
      hasInput ? "\(input) input and \(output) output channels" : "\(output) channels"
    }
    throw .otherModel(
      file: file, path: path, configured: text(rawInput, max(rawOutput, entry.outChannels)),
      found: text(full.input, full.output))
  }

  /// The path of a layer in configs: that of a switchable normalisation for those below it.
  private static func configPath(of layer: TracedLayer) -> String {
    guard layer.kind == .norm, let range = layer.path.lastRange(of: ".bns.")
    else { return layer.path }
    return String(layer.path[..<range.lowerBound])
  }
}

extension String {
  fileprivate func lastRange(of part: String) -> Range<Index>? { ranges(of: part).last }
}
