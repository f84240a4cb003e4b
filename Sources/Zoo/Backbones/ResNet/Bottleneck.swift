public import NN
public import Tensors

/// A convolution of 3 pixels between two pointwise ones: the block of ResNet-50 and deeper.
///
/// He et al., "Deep residual learning" (2016), figure 5 right. In style `pytorch` the middle
/// convolution strides, in style `caffe` the first.
public final class Bottleneck: BaseModule, ResidualBlock {
  private var first: NormalizedConvolution
  private var second: NormalizedConvolution
  private var third: NormalizedConvolution
  private let relu = ActivationLayer(.relu)
  private let downsample: ResNetShortcut?
  private let dropPath: any Layer

  /// - Parameter expansion: how many times wider the output is than the middle.
  init(
    _ inChannels: Int, _ outChannels: Int, expansion: Int, stride: Int,
    downsample: ResNetShortcut?, _ settings: ResidualBlockSettings, in context: LayerContext
  ) {
    let width = outChannels / expansion
    let strides = settings.style == .pytorch ? (1, stride) : (stride, 1)
    first = NormalizedConvolution(
      inChannels, width, kernel: 1, stride: strides.0, norm: settings.norm, in: context)
    second = NormalizedConvolution(
      width, width, kernel: 3, stride: strides.1, padding: settings.dilation,
      dilation: settings.dilation, norm: settings.norm, in: context)
    third = NormalizedConvolution(
      width, outChannels, kernel: 1, norm: settings.norm, in: context)
    self.downsample = downsample
    dropPath = settings.dropPath(in: context)
    super.init()
    first.register(in: self, number: 1)
    second.register(in: self, number: 2)
    third.register(in: self, number: 3)
    register("relu", relu)
    if let downsample { register("downsample", downsample) }
    register("drop_path", dropPath)
  }

  public var lastNorm: any NormalizationLayer { third.norm }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let output = shown(compute(input))
    // The wide outputs of blocks are near half of what a forward pass would leave in memory.
    input.forgetElements()
    return output
  }

  private func compute(_ input: Tensor) -> Tensor {
    third(
      second(first(input, activation: relu), activation: relu), path: dropPath,
      adding: downsample?(input) ?? input, activation: relu)
  }

  public override func replaceChild(_ name: String, with module: Module) {
    let old = children.first { $0.name == name }?.module
    super.replaceChild(name, with: module)
    if first.replace(old, with: module) || second.replace(old, with: module)
      || third.replace(old, with: module)
    {
      return
    }
    preconditionFailure("only the normalisation of a Bottleneck can be replaced, not '\(name)'")
  }
}
