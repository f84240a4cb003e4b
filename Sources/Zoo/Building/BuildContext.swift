public import NN
public import Tensors

/// The context of a model's components: a device, randomness, and the catalogs that
/// nested configs refer to.
public final class BuildContext: LayerContext {
  public let catalogs: ModelCatalogs

  public init(
    device: any Device, generator: Generator, catalogs: ModelCatalogs, drawsWeights: Bool = true,
    loadPretrained: PretrainedLoader? = nil, ranks: (any RankGroup)? = nil
  ) {
    self.catalogs = catalogs
    super.init(
      device: device, generator: generator, drawsWeights: drawsWeights,
      loadPretrained: loadPretrained, ranks: ranks)
  }
}
