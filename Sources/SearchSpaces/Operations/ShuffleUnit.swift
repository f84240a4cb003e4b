internal import Configs
public import NN
public import Tensors

/// The frame that ShuffleNetV2's blocks share: half of the channels pass through (or, where the
/// block strides, through a branch of their own), the others through the main branch; then the
/// halves are shuffled.
///
/// Ma et al., "ShuffleNet V2" (2018), figure 3.
public class ShuffleUnit: BaseModule, Layer {
  /// The shortcut of a block that strides.
  @Child private var branch1: Sequential?
  @Child private var branch2: Sequential

  init(branch1: Sequential?, branch2: Sequential, initRules: InitRules?) {
    self.branch1 = branch1
    self.branch2 = branch2
    super.init(initRules: initRules)
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    if let branch1 { return concatenateShuffled(branch1(input), branch2(input)) }
    let half = input.shape[1] / 2
    return concatenateShuffled(
      input.slice(axis: 1, 0..<half), branch2(input.slice(axis: 1, half..<(2 * half))))
  }

  /// Checks that the halves of the channels fit together.
  static func check(_ shape: OperationShape, path: ConfigPath) throws(ConfigError) {
    let width = shape.outChannels / 2 * 2
    guard shape.stride > 1 || shape.inChannels == width else {
      throw .invalidValue(
        path: path,
        message: "a block of stride 1 keeps its channels, in_channels is \(shape.inChannels) "
          + "and out_channels \(shape.outChannels)")
    }
  }

  /// The shortcut of a block that strides: depthwise, then pointwise.
  static func shortcut(
    _ shape: OperationShape, kernel: Int, style: LayerStyle, in context: LayerContext
  ) -> Sequential? {
    guard shape.stride > 1 else { return nil }
    let width = shape.inChannels
    return Sequential([
      ConvModule(
        width, width, kernel: kernel, stride: shape.stride, padding: kernel / 2, groups: width,
        style: style.linear, in: context),
      ConvModule(width, shape.outChannels / 2, kernel: 1, style: style, in: context),
    ])
  }
}
