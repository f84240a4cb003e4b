internal import Configs
internal import Kernels
internal import Logging
internal import Tensors
internal import Training

/// The precision that a config asks for, as far as the processor has it.
struct PrecisionChoice {
  let precision: Precision
  private let isWanted: Bool

  /// - Parameter trains: whether the config is to be trained.
  init(_ config: Config, trains: Bool) throws(ConfigError) {
    isWanted = try MixedPrecision.isWanted(by: config, trains: trains)
    precision = isWanted && CPU.computesFast(.bfloat16) ? .bfloat16 : .float32
  }

  /// Why it is not what was asked for, if it is not.
  var warning: String? {
    guard isWanted, precision == .float32 else { return nil }
    return "fp16: this processor has no instructions for bfloat16 (AVX512_BF16) that may be used; "
      + "everything is computed in float32"
  }

  /// Says once what became of the config's wish.
  func tell(_ logger: Logger) {
    if let warning {
      logger.warning("\(warning)")
    } else if isWanted {
      logger.info(
        """
        fp16: convolutions compute in bfloat16, sums and weights stay in float32; \
        no loss scaling is needed
        """)
    }
  }
}
