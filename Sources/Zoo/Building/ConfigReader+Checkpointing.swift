public import Configs

extension ConfigReader {
  /// Reads `with_cp`: whether to compute activations twice instead of keeping them. It changes no
  /// value, so it is accepted without effect.
  public mutating func acceptCheckpointing() throws(ConfigError) {
    _ = try read("with_cp", default: false)
  }
}
