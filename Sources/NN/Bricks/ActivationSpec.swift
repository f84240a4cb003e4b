public import Configs
public import Tensors

/// An `act_cfg`: which activation follows a layer.
public struct ActivationSpec: Hashable, Sendable {
  public enum Function: Hashable, Sendable {
    /// One that kernels know and can fuse.
    case fused(Activation)
    case clamp(minimum: Float, maximum: Float)
    /// `x` where it is positive, else `alpha * (exp(x) - 1)`.
    case elu(alpha: Float)
  }

  /// The name in the config, also that of the PyTorch class.
  public let typeName: String
  public let function: Function

  public init(_ typeName: String, _ function: Function) {
    self.typeName = typeName
    self.function = function
  }

  public static let relu = ActivationSpec("ReLU", .fused(.relu))
  public static let relu6 = ActivationSpec("ReLU6", .fused(.relu6))
  public static let sigmoid = ActivationSpec("Sigmoid", .fused(.sigmoid))

  /// The kernel's activation, if it can be fused behind normalisation or convolution.
  var fused: Activation? {
    guard case .fused(let activation) = function else { return nil }
    return activation
  }

  func apply(to input: Tensor) -> Tensor {
    switch function {
    case .fused(let activation): return activate(input, activation)
    case .clamp(let minimum, let maximum):
      return input.clamp(minimum: minimum, maximum: maximum)
    case .elu(let alpha):
      let negative = (input.clamp(maximum: 0).exp() - 1) * alpha
      return activate(input, .relu) + negative
    }
  }
}

extension ActivationSpec: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    let type: String = try reader.read("type")
    typeName = type
    switch type {
    case "ReLU": function = .fused(.relu)
    case "ReLU6": function = .fused(.relu6)
    case "LeakyReLU":
      function = .fused(.leakyReLU(slope: try reader.read("negative_slope", default: 0.01)))
    case "ELU": function = .elu(alpha: try reader.read("alpha", default: 1))
    case "Sigmoid": function = .fused(.sigmoid)
    case "Tanh": function = .fused(.tanh)
    case "HSigmoid":
      function = .fused(
        .hardSigmoid(
          bias: try reader.read("bias", default: 3),
          divisor: try reader.read("divisor", default: 6),
          minimum: try reader.read("min_value", default: 0),
          maximum: try reader.read("max_value", default: 1)))
    case "HSwish": function = .fused(.hardSwish)
    case "Swish": function = .fused(.swish)
    case "GELU": function = .fused(.gelu)
    case "Clamp", "Clip":
      function = .clamp(
        minimum: try reader.read("min", default: -1), maximum: try reader.read("max", default: 1))
    default:
      throw .unknownType(
        path: path.appending("type"), kind: "activation layer", name: type,
        nearest: NearestName.of(type, among: Self.names))
    }
    // Whether the original works in place makes no difference to the values.
    _ = try reader.readIfPresent("inplace", as: Bool.self)
    try reader.finish()
  }

  static let names = [
    "ReLU", "ReLU6", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "HSigmoid", "HSwish", "Swish", "GELU",
    "Clamp", "Clip",
  ]
}
