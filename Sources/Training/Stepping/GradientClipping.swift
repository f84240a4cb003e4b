public import Configs
internal import Tensors

/// Bounds the common norm of gradients, as `torch.nn.utils.clip_grad_norm_`.
public struct GradientClipping: Hashable, Sendable {
  public var maximum: Double
  /// The exponent of the norm; infinity is the largest magnitude.
  public var normType: Double

  public init(maximum: Double, normType: Double = 2) {
    self.maximum = maximum
    self.normType = normType
  }

  /// Scales the gradients of `parameters` down to the maximum.
  ///
  /// - Returns: the norm before; `nil` when no parameter has a gradient.
  func clip(_ parameters: [Parameter]) -> Double? {
    let affected = parameters.filter { parameter in
      if case .none = parameter.gradient { return false }
      return parameter.requiresGradient
    }
    guard !affected.isEmpty else { return nil }
    let norm = gradientNorm(affected, type: normType)
    // The small term is PyTorch's; it keeps a norm of zero from dividing.
    scaleGradients(affected, by: Float(min(maximum / (norm + 1e-6), 1)))
    return norm
  }
}

extension GradientClipping: ConfigDecodable {
  /// Reads `dict(max_norm=5, norm_type=2)`.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    maximum = try reader.readNonNegative("max_norm")
    normType = 2
    if let type: Config = try reader.readIfPresent("norm_type") {
      normType =
        type.text == "inf"
        ? .infinity : try Double(config: type, path: path.appending("norm_type"))
    }
    guard normType > 0 else {
      throw .invalidValue(path: path.appending("norm_type"), message: "must be above 0")
    }
    _ = try reader.readIfPresent("error_if_nonfinite", as: Bool.self)
    try reader.finish()
  }
}
