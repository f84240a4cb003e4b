internal import NN
internal import Tensors

/// The kinds of modules that `paramwise_cfg` tells apart.
enum ParameterRole {
  case normalization
  /// A convolution with as many groups as input channels.
  case depthwiseConvolution
  case other

  init(of module: Module) {
    let names = module.typeNames
    if !Self.normalizations.isDisjoint(with: names) {
      self = .normalization
    } else if names.contains("Conv2d"),
      let weight = module.parameters.first(where: { $0.name == "weight" })?.parameter,
      weight.shape.rank == 4, weight.shape[1] == 1
    {
      // `[O, I / groups, kH, kW]`: one input channel per group.
      self = .depthwiseConvolution
    } else {
      self = .other
    }
  }

  private static let normalizations: Set<String> = [
    "_BatchNorm", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm",
    "_InstanceNorm", "InstanceNorm1d", "InstanceNorm2d", "GroupNorm", "LayerNorm",
  ]
}
