public import Configs
public import Tensors

/// Scales channels by what the whole image says about them, as mmcls's `SELayer`.
///
/// Hu et al., "Squeeze-and-excitation networks" (2018).
public final class SELayer: BaseModule, Layer {
  @Child("global_avgpool") private var globalPool = AdaptiveAveragePool2d()
  @Child private var conv1: ConvModule
  @Child private var conv2: ConvModule
  private let returnsWeight: Bool

  public init(_ channelCount: Int, _ spec: Spec = Spec(), in context: LayerContext) {
    let squeezed =
      spec.squeezeChannels
      ?? makeDivisible(Double(channelCount / spec.ratio), by: spec.divisor)
    conv1 = ConvModule(
      channelCount, squeezed, kernel: 1, bias: spec.bias,
      style: LayerStyle(convolution: spec.convolution, norm: nil, activation: spec.activations.0),
      in: context)
    conv2 = ConvModule(
      squeezed, channelCount, kernel: 1, bias: spec.bias,
      style: LayerStyle(convolution: spec.convolution, norm: nil, activation: spec.activations.1),
      in: context)
    returnsWeight = spec.returnsWeight
    super.init(initRules: spec.initRules)
  }

  /// `[N, C, H, W]` to the same shape.
  public func forward(_ input: Tensor) -> Tensor {
    let weight = conv2(conv1(globalPool(input)))
    return returnsWeight ? weight : input * weight
  }
}

extension SELayer {
  /// An `se_cfg`: everything but the channel count.
  public struct Spec: Sendable, ConfigDecodable {
    public var squeezeChannels: Int?
    public var ratio = 16
    public var divisor = 8
    public var bias = ConvModule.Bias.automatic
    public var convolution: ConvSpec?
    public var activations: (ActivationSpec, ActivationSpec) = (.relu, .sigmoid)
    public var returnsWeight = false
    public var initRules: InitRules?

    public init() {}

    public init(config: Config, path: ConfigPath) throws(ConfigError) {
      var reader = try ConfigReader(config, path: path)
      squeezeChannels = try reader.readIfPresent("squeeze_channels")
      ratio = try reader.read("ratio", default: 16)
      divisor = try reader.read("divisor", default: 8)
      let bias: Config = try reader.read("bias", default: "auto")
      if case .bool(let value) = bias { self.bias = .explicit(value) }
      convolution = try reader.readIfPresent("conv_cfg")
      if let config = try reader.readIfPresent("act_cfg", as: Config.self) {
        activations = try Self.activations(config, path: path.appending("act_cfg"))
      }
      returnsWeight = try reader.read("return_weight", default: false)
      initRules = try reader.readIfPresent("init_cfg")
      try reader.finish()
    }

    private static func activations(
      _ config: Config, path: ConfigPath
    ) throws(ConfigError) -> (ActivationSpec, ActivationSpec) {
      guard config.items != nil else {
        let both = try ActivationSpec(config: config, path: path)
        return (both, both)
      }
      let pair = try [ActivationSpec](config: config, path: path)
      guard pair.count == 2 else {
        throw .invalidValue(path: path, message: "expected 2 activations, found \(pair.count)")
      }
      return (pair[0], pair[1])
    }
  }
}
