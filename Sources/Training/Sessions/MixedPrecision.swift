public import Configs

/// Upstream's `fp16`, the arguments of mmcv's `Fp16OptimizerHook`: whether a config asks for half
/// precision.
///
/// Here that is bfloat16, between layers only. It has the range of float32, so gradients do not
/// vanish and need no scale: `loss_scale` is checked and has no effect.
public enum MixedPrecision {
  /// - Parameter trains: whether the config's hooks count as well as its `fp16`; inference only
  ///   looks at that, as upstream's does.
  /// - Throws: `ConfigError` for what mmcv's hook would not take.
  public static func isWanted(by config: Config, trains: Bool) throws(ConfigError) -> Bool {
    if let entry = config["fp16"], entry != .none {
      var reader = try ConfigReader(entry, path: "fp16")
      try readScaling(&reader)
      try reader.finish()
      return true
    }
    return trains && config["optimizer_config"]?["type"]?.text?.contains("Fp16Optimizer") == true
  }

  /// Reads what `Fp16OptimizerHook` has beside the fields of `OptimizerHook`.
  static func readScaling(_ reader: inout ConfigReader) throws(ConfigError) {
    _ = try reader.readIfPresent("loss_scale", as: LossScale.self)
    _ = try reader.readIfPresent("coalesce", as: Bool.self)
    _ = try reader.readIfPresent("bucket_size_mb", as: Int.self)
    _ = try reader.readIfPresent("distributed", as: Bool.self)
  }
}

/// `512.`, `'dynamic'` or the arguments of PyTorch's `GradScaler`.
private struct LossScale: ConfigDecodable {
  init(config: Config, path: ConfigPath) throws(ConfigError) {
    switch config {
    case .string(let text):
      guard text == "dynamic" else {
        throw .invalidValue(path: path, message: "must be a number, 'dynamic' or a dict")
      }
    case .dict:
      var reader = try ConfigReader(config, path: path)
      for key in ["init_scale", "growth_factor", "backoff_factor"] {
        _ = try reader.readIfPresent(key, as: Double.self)
      }
      _ = try reader.readIfPresent("growth_interval", as: Int.self)
      _ = try reader.readIfPresent("enabled", as: Bool.self)
      // Of mmcv's own scaler, for PyTorch without one.
      for key in ["scale_factor", "scale_window"] {
        _ = try reader.readIfPresent(key, as: Double.self)
      }
      _ = try reader.readIfPresent("mode", as: String.self)
      try reader.finish()
    default:
      guard try Double(config: config, path: path) > 0 else {
        throw .invalidValue(path: path, message: "must be above 0")
      }
    }
  }
}
