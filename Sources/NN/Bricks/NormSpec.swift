public import Configs
internal import Tensors

/// A `norm_cfg`: which normalisation follows a layer.
public struct NormSpec: Hashable, Sendable {
  /// `BN`, or `SyncBN`, which in a single process is the same.
  public var synchronizes = false
  public var epsilon: Float = 1e-5
  /// `nil` averages over all batches alike.
  public var momentum: Float? = 0.1
  public var isAffine = true
  public var tracksStatistics = true
  /// Whether the weight and bias are trained.
  public var requiresGradient = true

  public init() {}

  public static let batch = NormSpec()

  /// The name under which upstream registers the layer in its parent.
  public var childName: String { "bn" }

  public func make(_ channelCount: Int, in context: LayerContext) -> BatchNorm2d {
    let norm = BatchNorm2d(
      channelCount, epsilon: epsilon, momentum: momentum, isAffine: isAffine,
      tracksStatistics: tracksStatistics, synchronizes: synchronizes, in: context)
    norm.weight?.requiresGradient = requiresGradient
    norm.bias?.requiresGradient = requiresGradient
    return norm
  }
}

extension NormSpec: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    let type: String = try reader.read("type")
    guard Self.names.contains(type) else {
      throw .unknownType(
        path: path.appending("type"), kind: "normalisation layer", name: type,
        nearest: NearestName.of(type, among: Self.names))
    }
    synchronizes = type == "SyncBN"
    epsilon = try reader.read("eps", default: 1e-5)
    momentum = try reader.read("momentum", default: 0.1)
    isAffine = try reader.read("affine", default: true)
    tracksStatistics = try reader.read("track_running_stats", default: true)
    requiresGradient = try reader.read("requires_grad", default: true)
    try reader.finish()
  }

  static let names = ["BN", "BN2d", "SyncBN"]
}
