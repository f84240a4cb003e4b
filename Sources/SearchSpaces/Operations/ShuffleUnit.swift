internal import Configs
internal import NN
internal import Tensors

/// The frame that ShuffleNetV2's blocks share: half of the channels pass through (or, where the
/// block strides, through a branch of their own), the others through the main branch; then the
/// halves are shuffled.
///
/// Ma et al., "ShuffleNet V2" (2018), figure 3.
struct ShuffleUnit {
  /// Present where the block strides.
  let shortcut: Sequential?
  let main: Sequential

  func callAsFunction(_ input: Tensor) -> Tensor {
    if let shortcut { return concatenateShuffled(shortcut(input), main(input)) }
    let half = input.shape[1] / 2
    return concatenateShuffled(
      input.slice(axis: 1, 0..<half), main(input.slice(axis: 1, half..<(2 * half))))
  }

  /// Checks that the halves of the channels fit together.
  static func check(_ arguments: OperationArguments, path: ConfigPath) throws(ConfigError) {
    let width = arguments.outChannels / 2 * 2
    guard arguments.stride > 1 || arguments.inChannels == width else {
      throw .invalidValue(
        path: path,
        message: "a block of stride 1 keeps its channels, in_channels is \(arguments.inChannels) "
          + "and out_channels \(arguments.outChannels)")
    }
  }

  /// The shortcut of a block that strides: depthwise, then pointwise.
  static func shortcut(
    _ arguments: OperationArguments, kernel: Int, style: LayerStyle, in context: LayerContext
  ) -> Sequential? {
    guard arguments.stride > 1 else { return nil }
    let width = arguments.inChannels
    return Sequential([
      ConvModule(
        width, width, kernel: kernel, stride: arguments.stride, padding: kernel / 2, groups: width,
        style: style.linear, in: context),
      ConvModule(width, arguments.outChannels / 2, kernel: 1, style: style, in: context),
    ])
  }
}
