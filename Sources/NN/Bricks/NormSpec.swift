public import Configs
internal import Tensors

/// A `norm_cfg`: which normalisation follows a layer.
public struct NormSpec: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// - Parameters:
    ///   - synchronizes: `SyncBN`: ranks share statistics; in a single process the same as `BN`.
    ///   - momentum: `nil` averages over all batches alike.
    case batch(synchronizes: Bool = false, momentum: Float? = 0.1, tracksStatistics: Bool = true)
    case group(count: Int)
  }

  public var kind = Kind.batch()
  public var epsilon: Float = 1e-5
  public var isAffine = true
  /// Whether the weight and bias are trained.
  public var requiresGradient = true

  public init() {}

  public static let batch = NormSpec()

  /// The name under which upstream registers the layer in its parent.
  public var childName: String {
    switch kind {
    case .batch: "bn"
    case .group: "gn"
    }
  }

  /// The layer as a child of a block that numbers its children: `bn1`, `gn1`, …
  public func child(
    _ number: Int, _ channelCount: Int, in context: LayerContext
  ) -> Child<any NormalizationLayer> {
    Child(name: "\(childName)\(number)", make(channelCount, in: context))
  }

  public func make(_ channelCount: Int, in context: LayerContext) -> any NormalizationLayer {
    let norm: any NormalizationLayer =
      switch kind {
      case .batch(let synchronizes, let momentum, let tracksStatistics):
        BatchNorm2d(
          channelCount, epsilon: epsilon, momentum: momentum, isAffine: isAffine,
          tracksStatistics: tracksStatistics, synchronizes: synchronizes, in: context)
      case .group(let count):
        GroupNorm(count, channelCount, epsilon: epsilon, isAffine: isAffine, in: context)
      }
    norm.weight?.requiresGradient = requiresGradient
    norm.bias?.requiresGradient = requiresGradient
    return norm
  }
}

extension NormSpec: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    let type: String = try reader.read("type")
    switch type {
    case "BN", "BN2d", "SyncBN":
      kind = .batch(
        synchronizes: type == "SyncBN", momentum: try reader.read("momentum", default: 0.1),
        tracksStatistics: try reader.read("track_running_stats", default: true))
    case "GN":
      let count: Int = try reader.read("num_groups")
      guard count > 0 else {
        throw .invalidValue(
          path: path.appending("num_groups"), message: "must be at least 1, found \(count)")
      }
      kind = .group(count: count)
    default:
      throw .unknownType(
        path: path.appending("type"), kind: "normalisation layer", name: type,
        nearest: NearestName.of(type, among: Self.names))
    }
    epsilon = try reader.read("eps", default: 1e-5)
    isAffine = try reader.read("affine", default: true)
    requiresGradient = try reader.read("requires_grad", default: true)
    try reader.finish()
  }

  static let names = ["BN", "BN2d", "SyncBN", "GN"]
}
