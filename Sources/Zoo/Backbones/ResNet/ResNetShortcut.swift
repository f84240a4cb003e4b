public import NN
public import Tensors

/// Brings a block's input to the shape of its output: a strided pointwise convolution, or a mean
/// over windows and then one that does not stride (ResNet-D).
///
/// He et al., "Bag of tricks for image classification" (2019), figure 2c.
public final class ResNetShortcut: Module, Layer {
  private let pool: AveragePool2d?
  private var projection: NormalizedConvolution

  init(
    _ inChannels: Int, _ outChannels: Int, stride: Int, averages: Bool, norm: NormSpec,
    in context: LayerContext
  ) {
    let pools = averages && stride != 1
    pool =
      pools
      ? AveragePool2d(kernel: stride, stride: stride, roundsUp: true, countsPadding: false) : nil
    projection = NormalizedConvolution(
      inChannels, outChannels, kernel: 1, stride: pools ? 1 : stride,
      norm: norm, in: context)
    super.init()
    // Upstream's is a plain sequence, so its children are numbered.
    let parts: [Module] = [pool, projection.conv, projection.norm].compactMap(\.self)
    for (index, part) in parts.enumerated() { register(String(index), part) }
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    shown(projection(pool?(input) ?? input))
  }

  public override func replaceChild(_ name: String, with module: Module) {
    let old = children.first { $0.name == name }?.module
    super.replaceChild(name, with: module)
    if projection.replace(old, with: module) { return }
    preconditionFailure("only the normalisation of a shortcut can be replaced, not '\(name)'")
  }
}
