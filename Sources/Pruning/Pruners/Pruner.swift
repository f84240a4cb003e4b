public import NN
public import Tensors

/// Narrows a network: knows which layers must change their channels together, draws and sets
/// subnets, and cuts the network down to one.
///
/// An algorithm registers it as `pruner`.
public protocol Pruner: Module {
  /// The spaces that can be searched, in upstream's order; empty before
  /// ``prepare(_:input:on:forward:)``.
  var channelSpaces: [ChannelSpace] { get }

  /// For each space of the prepared network, searched or not, the paths of the layers that take its
  /// channels as input, in the network's order.
  var channelReaders: [(space: ChannelSpace, readers: [String])] { get }

  /// Shares of a space's channels that may live, ascending.
  var ratios: [Double] { get }

  /// The subnet that the network computes now.
  var currentSubnet: ChannelSubnet { get }

  /// Traces `model` and gives its layers masks.
  ///
  /// - Parameters:
  ///   - model: the network; the paths of its layers count from here.
  ///   - input: the shape of the image that is sent through, `[1, C, H, W]`.
  ///   - forward: runs the network on an image; no output may be narrowed, so all of them must lie
  ///     on the tape of the image.
  /// - Throws: ``PruningError`` when the network cannot be pruned.
  func prepare(
    _ model: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) throws(PruningError)

  /// Cuts `model` down to the channels of `config` for good: small parameters and no masks.
  ///
  /// - Parameters: as of ``prepare(_:input:on:forward:)``.
  /// - Throws: ``PruningError`` when the network cannot be pruned or the config is not one of it;
  ///   the model is unchanged then.
  func deploySubnet(
    _ config: ChannelConfig, in model: Module, input: Shape, on device: any Device,
    forward: (Tensor) -> Void
  ) throws(PruningError)

  /// Draws the width of each space.
  func sampleSubnet(_ generator: inout Generator) -> ChannelSubnet

  /// Makes the network compute `subnet`; spaces that it does not name keep all channels.
  func setSubnet(_ subnet: ChannelSubnet)

  /// Makes the network compute `subnet` with the normalisation of number `index` of each
  /// ``SwitchableBatchNorm2d``.
  func switchSubnet(_ subnet: ChannelSubnet, index: Int)

  /// Makes the network compute with all channels.
  func setMaxChannel()

  /// Makes the network compute with the fewest channels.
  func setMinChannel()

  /// Takes over the subnet that the masks tell, after a checkpoint was loaded into the network.
  ///
  /// - Throws: ``PruningError/inconsistentMasks(path:live:needed:)``.
  func adoptMasks() throws(PruningError)

  /// The subnet of the prepared network that has the channels of `config`, the first of each layer.
  ///
  /// - Throws: ``PruningError`` when the config is not one of this network.
  func subnet(from config: ChannelConfig) throws(PruningError) -> ChannelSubnet

  /// The channels of the subnet that the network computes now, as upstream's `export_subnet`.
  func exportSubnet() -> ChannelConfig

  /// `count` bins for each search space, all of them live: the start of a greedy search.
  func maxChannelBins(_ count: Int) -> ChannelBins

  /// Makes the network compute with the channels of the live bins.
  func setChannelBins(_ bins: ChannelBins)

  /// Measures the costs of the prepared network's layers for an image of shape `[1, C, H, W]`.
  func measureFLOPs(
    of model: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) -> SubnetFLOPs

  /// The number of trained parameters, those of dead channels left out.
  func liveParameterCount(of model: Module) -> Int
}
