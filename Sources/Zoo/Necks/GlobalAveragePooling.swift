internal import Configs
public import NN
public import Tensors

/// Averages each feature map over its pixels: `[N, C, H, W]` to `[N, C]`.
public final class GlobalAveragePooling: Module, Neck {
  @Child private var gap = AdaptiveAveragePool2d()

  convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    let dimensions: Int = try reader.read("dim", default: 2)
    guard dimensions == 2 else {
      throw .invalidValue(
        path: reader.path.appending("dim"), message: "only images (dim=2) can be averaged")
    }
    self.init()
  }

  public func forward(_ features: [Tensor]) -> [Tensor] {
    features.map { gap($0).flattened() }
  }
}
