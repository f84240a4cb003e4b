public import Configs
public import NN
public import Tensors

/// Draws the width of each search space from a list of ratios and keeps its first channels, as
/// upstream's `RatioPruner`.
public final class RatioPruner: StructurePruner, Pruner {
  /// Shares of the channels that may live, ascending.
  public let ratios: [Double]

  /// - Parameter ratios: at least one, each above 0 and at most 1.
  public init(ratios: [Double], exceptStartKeys: [String] = ["head.fc"]) {
    precondition(!ratios.isEmpty, "a pruner needs at least one ratio")
    self.ratios = ratios.sorted()
    super.init(exceptStartKeys: exceptStartKeys)
  }

  public convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    let path = reader.path.appending("ratios")
    let ratios: [Double] = try reader.read("ratios")
    guard !ratios.isEmpty else {
      throw .invalidValue(path: path, message: "expected at least one ratio")
    }
    for (index, ratio) in ratios.enumerated() where !(ratio > 0 && ratio <= 1) {
      throw .invalidValue(
        path: path.appending(index), message: "a ratio is above 0 and at most 1, found \(ratio)")
    }
    let exceptions: [String]? = try reader.read("except_start_keys", default: ["head.fc"])
    _ = try reader.readIfPresent("init_cfg", as: Config.self)
    self.init(ratios: ratios, exceptStartKeys: exceptions ?? [])
  }

  /// Prepares the network, and checks that every ratio leaves a channel of every space.
  ///
  /// - Throws: ``PruningError/noChannels(spaceID:ratio:channels:)``, and as for any pruner.
  public override func prepare(
    _ model: Module, input: Shape = [1, 3, 224, 224], on device: any Device,
    forward: (Tensor) -> Void
  ) throws(PruningError) {
    try super.prepare(model, input: input, on: device, forward: forward)
    for space in channelSpaces where width(of: space, ratio: ratios[0]) == 0 {
      throw .noChannels(spaceID: space.id, ratio: ratios[0], channels: space.channelCount)
    }
  }

  /// A subnet with a ratio drawn for each space, uniformly.
  public func sampleSubnet(_ generator: inout Generator) -> ChannelSubnet {
    subnet { prefix(of: $0, ratio: ratios[generator.integer(below: ratios.count)]) }
  }

  /// The subnet with the smallest ratio everywhere.
  public var minimalSubnet: ChannelSubnet {
    subnet { prefix(of: $0, ratio: ratios[0]) }
  }

  /// Makes the network compute with the fewest channels.
  public func setMinChannel() {
    setSubnet(minimalSubnet)
  }

  private func prefix(of space: ChannelSpace, ratio: Double) -> ChannelSelection {
    .prefix(width(of: space, ratio: ratio), of: space.channelCount)
  }

  /// The width as Python rounds it: halves go to the even neighbour.
  private func width(of space: ChannelSpace, ratio: Double) -> Int {
    Int((Double(space.channelCount) * ratio).rounded(.toNearestOrEven))
  }
}

extension RatioPruner {
  /// The pruners, for `pruner=dict(type='RatioPruner', …)`.
  public static var catalog: Catalog<any Pruner, LayerContext> {
    Catalog("pruner", scope: .mmrazor, ["RatioPruner": { reader, _ in try RatioPruner(&reader) }])
  }
}
