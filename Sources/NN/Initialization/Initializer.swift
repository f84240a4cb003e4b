public import Configs
internal import Foundation
internal import Tensors

/// One entry of an `init_cfg`: how the weights and biases of some layers are drawn.
public struct Initializer: Hashable, Sendable {
  public enum Method: Hashable, Sendable {
    case constant(Double)
    case uniform(low: Double, high: Double)
    case normal(mean: Double, deviation: Double)
    case truncatedNormal(mean: Double, deviation: Double, low: Double, high: Double)
    case kaiming(fan: Distribution.Fan, gain: Double, isUniform: Bool)
    case xavier(gain: Double, isUniform: Bool)
    case pretrained(PretrainedWeights)
  }

  public let method: Method
  /// The value of every bias.
  public let bias: Double
  /// The place of the entry in the config, for messages.
  public let path: ConfigPath

  public init(_ method: Method, bias: Double = 0, path: ConfigPath = .root) {
    self.method = method
    self.bias = bias
    self.path = path
  }

  /// Draws the parameters of one layer.
  ///
  /// - Throws: `ConfigError` when the method needs a weight of two axes or more and has none.
  func apply(to layer: some WeightedLayer, in context: LayerContext) throws(ConfigError) {
    if let weight = layer.weight {
      try distribution(for: weight.shape).fill(weight, in: context)
    }
    if let parameter = layer.bias {
      Distribution.constant(bias).fill(parameter, in: context)
    }
  }

  private func distribution(for shape: Shape) throws(ConfigError) -> Distribution {
    switch method {
    case .constant(let value): return .constant(value)
    case .uniform(let low, let high): return .uniform(low: low, high: high)
    case .normal(let mean, let deviation): return .normal(mean: mean, deviation: deviation)
    case .truncatedNormal(let mean, let deviation, let low, let high):
      return .truncatedNormal(mean: mean, deviation: deviation, low: low, high: high)
    case .kaiming(let fan, let gain, let isUniform):
      try checkFans(shape)
      return .kaiming(shape, fan: fan, gain: gain, isUniform: isUniform)
    case .xavier(let gain, let isUniform):
      try checkFans(shape)
      return .xavier(shape, gain: gain, isUniform: isUniform)
    case .pretrained:
      preconditionFailure("a pretrained initialiser loads whole modules, not one layer")
    }
  }

  private func checkFans(_ shape: Shape) throws(ConfigError) {
    guard shape.rank >= 2 else {
      throw .invalidValue(
        path: path, message: "needs weights of at least two axes, and meets one of shape \(shape)")
    }
  }
}

// MARK: - Decoding

extension Initializer {
  static let names = [
    "Constant", "Xavier", "Normal", "TruncNormal", "Uniform", "Kaiming", "Caffe2Xavier",
    "Pretrained",
  ]

  /// Reads the fields of the entry, all but `layer` and `override`.
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    path = reader.path
    let type: String = try reader.read("type")
    if type == "Pretrained" {
      let checkpoint: String = try reader.read("checkpoint")
      let prefix: String? = try reader.readIfPresent("prefix")
      _ = try reader.readIfPresent("map_location", as: Config.self)
      method = .pretrained(PretrainedWeights(checkpoint: checkpoint, prefix: prefix, path: path))
      bias = 0
      return
    }
    switch type {
    case "Constant":
      method = .constant(try reader.read("val"))
    case "Xavier":
      let gain: Double = try reader.read("gain", default: 1)
      method = .xavier(gain: gain, isUniform: try Self.isUniform(&reader))
    case "Normal":
      method = .normal(
        mean: try reader.read("mean", default: 0), deviation: try reader.read("std", default: 1))
    case "TruncNormal":
      method = .truncatedNormal(
        mean: try reader.read("mean", default: 0), deviation: try reader.read("std", default: 1),
        low: try reader.read("a", default: -2), high: try reader.read("b", default: 2))
    case "Uniform":
      method = .uniform(
        low: try reader.read("a", default: 0), high: try reader.read("b", default: 1))
    case "Kaiming":
      method = try Self.kaiming(&reader)
    case "Caffe2Xavier":
      method = .kaiming(fan: .in, gain: 1, isUniform: true)
    default:
      throw .unknownType(
        path: path.appending("type"), kind: "initializer", name: type,
        nearest: NearestName.of(type, among: Self.names))
    }
    let plain: Double = try reader.read("bias", default: 0)
    if let probability: Double = try reader.readIfPresent("bias_prob") {
      bias = -log((1 - probability) / probability)
    } else {
      bias = plain
    }
  }

  private static func kaiming(_ reader: inout ConfigReader) throws(ConfigError) -> Method {
    let path = reader.path
    let slope: Double = try reader.read("a", default: 0)
    let mode: String = try reader.read("mode", default: "fan_out")
    let nonlinearity: String = try reader.read("nonlinearity", default: "relu")
    guard let fan = Distribution.Fan(rawValue: mode) else {
      throw .invalidValue(
        path: path.appending("mode"), message: "expected 'fan_in' or 'fan_out', found '\(mode)'")
    }
    let gain: Double
    switch nonlinearity {
    case "linear", "conv1d", "conv2d", "conv3d", "sigmoid": gain = 1
    case "tanh": gain = 5 / 3
    case "relu": gain = 2.0.squareRoot()
    case "leaky_relu": gain = (2 / (1 + slope * slope)).squareRoot()
    case "selu": gain = 0.75
    default:
      throw .invalidValue(
        path: path.appending("nonlinearity"), message: "unknown nonlinearity '\(nonlinearity)'")
    }
    return .kaiming(fan: fan, gain: gain, isUniform: try isUniform(&reader))
  }

  private static func isUniform(_ reader: inout ConfigReader) throws(ConfigError) -> Bool {
    let distribution: String = try reader.read("distribution", default: "normal")
    guard distribution == "uniform" || distribution == "normal" else {
      throw .invalidValue(
        path: reader.path.appending("distribution"),
        message: "expected 'normal' or 'uniform', found '\(distribution)'")
    }
    return distribution == "uniform"
  }
}
