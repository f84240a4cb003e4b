internal import Configs

/// The arguments that a placeholder gives every choice: `in_channels`, `out_channels`, `stride`.
struct OperationArguments {
  let inChannels: Int
  let outChannels: Int
  let stride: Int

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    inChannels = try reader.read("in_channels")
    outChannels = try reader.read("out_channels")
    stride = try reader.read("stride", default: 1)
  }

  init(inChannels: Int, outChannels: Int, stride: Int) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.stride = stride
  }

  /// Whether a residual can be added without a change of shape.
  var keepsShape: Bool { stride == 1 && inChannels == outChannels }

  /// As a placeholder hands them to its choices.
  var config: Config {
    [
      "in_channels": .int(inChannels), "out_channels": .int(outChannels), "stride": .int(stride),
    ]
  }
}
