public import Configs

/// The three configs that nearly every block of the mm libraries takes.
public struct LayerStyle: Hashable, Sendable {
  public var convolution: ConvSpec?
  public var norm: NormSpec?
  public var activation: ActivationSpec?

  public init(
    convolution: ConvSpec? = nil, norm: NormSpec? = .batch, activation: ActivationSpec? = .relu
  ) {
    self.convolution = convolution
    self.norm = norm
    self.activation = activation
  }

  /// The same without an activation.
  public var linear: LayerStyle {
    LayerStyle(convolution: convolution, norm: norm, activation: nil)
  }

  /// Reads `conv_cfg`, `norm_cfg` and `act_cfg`; absent ones are as in `defaults`.
  public init(
    _ reader: inout ConfigReader, defaults: LayerStyle = LayerStyle()
  ) throws(ConfigError) {
    convolution = try reader.read("conv_cfg", default: defaults.convolution)
    norm = try reader.read("norm_cfg", default: defaults.norm)
    activation = try reader.read("act_cfg", default: defaults.activation)
  }
}
