extension StructurePruner {
  /// For each space of the prepared network, searched or not, the paths of the layers that take its
  /// channels as input, in the network's order.
  public var channelReaders: [(space: ChannelSpace, readers: [String])] {
    let graph = prepared
    return graph.spaces.map { space in
      let readers = graph.layers.filter { layer in
        layer.kind != .norm && !space.layers.contains(layer.path)
          && (layer.input?.layers ?? []).contains {
            graph.space(ofLayer: graph.layers[$0].path)?.id == space.id
          }
      }
      return (space, readers.map(\.path))
    }
  }
}
