internal import Configs
internal import OrderedCollections

/// How rates differ between parameters: `paramwise_cfg` of mmcv's `DefaultOptimizerConstructor`.
public struct ParamwiseOptions: Equatable, Sendable {
  /// Multiplies the learning rate of biases, except those of normalisation.
  public var biasRate = 1.0
  /// Multiplies the weight decay of biases, except those of normalisation and depthwise layers.
  public var biasDecay = 1.0
  /// Multiplies the weight decay of weights and biases of normalisation.
  public var normDecay = 1.0
  /// Multiplies the weight decay of weights and biases of depthwise convolutions.
  public var depthwiseDecay = 1.0
  /// Whether a parameter that two modules share is optimized once, instead of being an error.
  public var skipsDuplicates = false
  /// Multipliers for parameters whose name contains the key; the longest key counts, and then
  /// the alphabetically first. They replace all other rules.
  public var custom: [Custom] = []

  public struct Custom: Equatable, Sendable {
    public var key: String
    public var rate: Double
    public var decay: Double

    public init(key: String, rate: Double = 1, decay: Double = 1) {
      self.key = key
      self.rate = rate
      self.decay = decay
    }
  }

  public init() {}

  /// The multipliers for a parameter by name, if any.
  func custom(for name: String) -> Custom? {
    custom
      .filter { name.contains($0.key) }
      .min { ($1.key.count, $0.key) < ($0.key.count, $1.key) }
  }

  /// - Parameter hasWeightDecay: whether the optimizer says `weight_decay`, without which
  ///   multiplying it makes no sense.
  init(
    config: Config, path: ConfigPath, hasWeightDecay: Bool
  ) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    func decay(_ reader: inout ConfigReader, _ key: String) throws(ConfigError) -> Double {
      guard let value: Double = try reader.readIfPresent(key) else { return 1 }
      guard hasWeightDecay else {
        throw .invalidValue(
          path: reader.path.appending(key),
          message: "there is no weight decay to multiply; give the optimizer a weight_decay")
      }
      return value
    }
    biasRate = try reader.read("bias_lr_mult", default: 1)
    biasDecay = try decay(&reader, "bias_decay_mult")
    normDecay = try decay(&reader, "norm_decay_mult")
    depthwiseDecay = try decay(&reader, "dwconv_decay_mult")
    skipsDuplicates = try reader.read("bypass_duplicate", default: false)
    // Deformable convolutions do not exist here, so their multiplier has nothing to act on.
    _ = try reader.readIfPresent("dcn_offset_lr_mult", as: Double.self)
    if let keys: Config = try reader.readIfPresent("custom_keys") {
      let keysPath = path.appending("custom_keys")
      var keyReader = try ConfigReader(keys, path: keysPath)
      for (key, options) in keyReader.readRemaining() {
        var optionReader = try ConfigReader(options, path: keysPath.appending(key.text))
        custom.append(
          Custom(
            key: key.text, rate: try optionReader.read("lr_mult", default: 1),
            decay: try decay(&optionReader, "decay_mult")))
        try optionReader.finish()
      }
    }
    try reader.finish()
  }
}
