public import Configs

/// The hooks of this module that configs can name.
public enum StandardHooks {
  public static var catalog: Catalog<any Hook, HookContext> {
    Catalog(
      "hook", scope: .mmcv,
      [
        // Upstream's libraries put their hooks into the registry of mmcv.
        "CheckInvalidLossHook": { reader, _ in try CheckInvalidLossHook(&reader) },
        "CheckpointHook": { try CheckpointHook.make(&$0, $1) },
        "IterTimerHook": { _, _ in IterTimerHook() },
        "TextLoggerHook": { try TextLoggerHook.make(&$0, $1) },
        "OptimizerHook": { reader, _ in try OptimizerHook.make(&reader, isCumulative: false) },
        "GradientCumulativeOptimizerHook": { reader, _ in
          try OptimizerHook.make(&reader, isCumulative: true)
        },
        "Fp16OptimizerHook": { reader, _ in
          try MixedPrecision.readScaling(&reader)
          return try OptimizerHook.make(&reader, isCumulative: false)
        },
        "GradientCumulativeFp16OptimizerHook": { reader, _ in
          try MixedPrecision.readScaling(&reader)
          return try OptimizerHook.make(&reader, isCumulative: true)
        },
      ])
  }
}

extension OptimizerHook {
  static func make(
    _ reader: inout ConfigReader, isCumulative: Bool
  ) throws -> OptimizerHook {
    var count: Int?
    if isCumulative {
      let value: Int = try reader.read("cumulative_iters", default: 1)
      guard value > 0 else {
        throw ConfigError.invalidValue(
          path: reader.path.appending("cumulative_iters"),
          message: "must be above 0, this is \(value)")
      }
      count = value
    }
    return OptimizerHook(
      clipping: try reader.readIfPresent("grad_clip"),
      detectsAnomalousParameters: try reader.read("detect_anomalous_params", default: false),
      cumulativeIterations: count)
  }
}
