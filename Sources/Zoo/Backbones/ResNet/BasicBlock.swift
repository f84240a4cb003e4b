public import NN
public import Tensors

/// Two convolutions of 3 pixels: the block of ResNet-18 and -34.
///
/// He et al., "Deep residual learning" (2016), figure 5 left.
public final class BasicBlock: BaseModule, ResidualBlock {
  private var first: NormalizedConvolution
  private var second: NormalizedConvolution
  private let relu = ActivationLayer(.relu)
  private let downsample: ResNetShortcut?
  private let dropPath: any Layer

  init(
    _ inChannels: Int, _ outChannels: Int, stride: Int, downsample: ResNetShortcut?,
    _ settings: ResidualBlockSettings, in context: LayerContext
  ) {
    // Only the first convolution is dilated, as in mmcls.
    first = NormalizedConvolution(
      inChannels, outChannels, kernel: 3, stride: stride, padding: settings.dilation,
      dilation: settings.dilation, norm: settings.norm, in: context)
    second = NormalizedConvolution(
      outChannels, outChannels, kernel: 3, padding: 1, norm: settings.norm, in: context)
    self.downsample = downsample
    dropPath = settings.dropPath(in: context)
    super.init()
    first.register(in: self, number: 1)
    second.register(in: self, number: 2)
    register("relu", relu)
    if let downsample { register("downsample", downsample) }
    register("drop_path", dropPath)
  }

  public var lastNorm: any NormalizationLayer { second.norm }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    shown(compute(input))
  }

  private func compute(_ input: Tensor) -> Tensor {
    second(
      first(input, activation: relu), path: dropPath, adding: downsample?(input) ?? input,
      activation: relu)
  }

  public override func replaceChild(_ name: String, with module: Module) {
    let old = children.first { $0.name == name }?.module
    super.replaceChild(name, with: module)
    if first.replace(old, with: module) || second.replace(old, with: module) { return }
    preconditionFailure("only the normalisation of a BasicBlock can be replaced, not '\(name)'")
  }
}
