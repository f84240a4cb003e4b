internal import Configs
public import NN
public import Tensors

/// Averages each feature map over its pixels: `[N, C, H, W]` to `[N, C]`.
public final class GlobalAveragePooling: Module, Neck {
  private let gap = AdaptiveAveragePool2d()

  public override init() {
    super.init()
    register("gap", gap)
  }

  convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    let dimensions: Int = try reader.read("dim", default: 2)
    guard dimensions == 2 else {
      throw .invalidValue(
        path: reader.path.appending("dim"), message: "only images (dim=2) can be averaged")
    }
    self.init()
  }

  public func callAsFunction(_ features: [Tensor]) -> [Tensor] {
    shown(features.map { gap($0).flattened() })
  }
}
