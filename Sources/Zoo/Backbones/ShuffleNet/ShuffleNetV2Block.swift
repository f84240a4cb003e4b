public import NN
public import Tensors

/// The block of ShuffleNetV2: half of the channels pass through (or, where the block strides,
/// through a branch of their own), the others through three convolutions; then the halves are
/// shuffled.
///
/// Ma et al., "ShuffleNet V2" (2018), figures 3c and 3d.
public final class ShuffleNetV2Block: BaseModule, Layer {
  /// Present where the block strides.
  @Child private var branch1: Sequential?
  @Child private var branch2: Sequential

  /// - Parameter outChannels: even; a block of stride 1 keeps its channels.
  public init(
    _ inChannels: Int, _ outChannels: Int, stride: Int, style: LayerStyle,
    in context: LayerContext
  ) {
    precondition(
      outChannels % 2 == 0 && (stride > 1 || inChannels == outChannels),
      "a shuffle block of stride \(stride) from \(inChannels) to \(outChannels) channels")
    let width = outChannels / 2
    branch1 =
      stride > 1
      ? Sequential([
        ConvModule(
          inChannels, inChannels, kernel: 3, stride: stride, padding: 1, groups: inChannels,
          style: style.linear, in: context),
        ConvModule(inChannels, width, kernel: 1, style: style, in: context),
      ]) : nil
    branch2 = Sequential([
      ConvModule(stride > 1 ? inChannels : width, width, kernel: 1, style: style, in: context),
      ConvModule(
        width, width, kernel: 3, stride: stride, padding: 1, groups: width, style: style.linear,
        in: context),
      ConvModule(width, width, kernel: 1, style: style, in: context),
    ])
    super.init()
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    if let branch1 { return concatenateShuffled(branch1(input), branch2(input)) }
    let half = input.shape[1] / 2
    return concatenateShuffled(
      input.slice(axis: 1, 0..<half), branch2(input.slice(axis: 1, half..<(2 * half))))
  }
}
