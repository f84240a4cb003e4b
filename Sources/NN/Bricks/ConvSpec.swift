public import Configs

/// A `conv_cfg`: which kind of convolution a block uses. There is one kind, under two names.
public struct ConvSpec: Hashable, Sendable, ConfigDecodable {
  public init() {}

  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    let type: String = try reader.read("type")
    guard Self.names.contains(type) else {
      throw .unknownType(
        path: path.appending("type"), kind: "convolution layer", name: type,
        nearest: NearestName.of(type, among: Self.names))
    }
    try reader.finish()
  }

  static let names = ["Conv2d", "Conv"]
}
