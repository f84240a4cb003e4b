internal import NN
internal import Tensors

/// A layer of a network as the trace saw it.
struct TracedLayer {
  enum Kind {
    case convolution
    /// Each channel for itself: the output has the input's channels.
    case depthwise
    /// Groups of several channels, which stay whole.
    case grouped
    case linear
    case norm
  }

  let path: String
  let module: any SlimmableLayer
  let kind: Kind
  /// The channels of its input and output, once it was called.
  var input: ChannelFlow?
  var output: ChannelFlow?
  /// How often a forward pass calls it.
  var calls = 0
}

extension TracedLayer {
  /// Every layer of `model` that can be narrowed, by its path there.
  static func all(of model: Module) -> [TracedLayer] {
    model.namedModules().compactMap { path, module in
      // A switchable normalisation is only the place of the ones below it.
      guard let layer = module as? any SlimmableLayer, !(module is SwitchableBatchNorm2d) else {
        return nil
      }
      return TracedLayer(path: path, module: layer, kind: kind(of: layer))
    }
  }

  private static func kind(of layer: any SlimmableLayer) -> Kind {
    switch layer {
    case let convolution as Conv2d:
      if convolution.isDepthwise { return .depthwise }
      return convolution.geometry.groups == 1 ? .convolution : .grouped
    case is Linear: return .linear
    default: return .norm
    }
  }
}
