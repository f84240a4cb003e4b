public import NN
public import Tensors

/// Brings a block's input to the shape of its output: a strided pointwise convolution, or a mean
/// over windows and then one that does not stride (ResNet-D).
///
/// He et al., "Bag of tricks for image classification" (2019), figure 2c. Upstream's is a plain
/// sequence, so its children are numbered.
public final class ResNetShortcut: Module, Layer {
  @Child private var pool: AveragePool2d?
  @Child private var conv: Conv2d
  @Child private var norm: any NormalizationLayer

  init(
    _ inChannels: Int, _ outChannels: Int, stride: Int, averages: Bool, norm: NormSpec,
    in context: LayerContext
  ) {
    let pools = averages && stride != 1
    _pool = Child(
      name: "0",
      pools
        ? AveragePool2d(kernel: stride, stride: stride, roundsUp: true, countsPadding: false) : nil)
    _conv = Child(
      name: pools ? "1" : "0",
      Conv2d(inChannels, outChannels, kernel: 1, stride: pools ? 1 : stride, in: context))
    _norm = Child(name: pools ? "2" : "1", norm.make(outChannels, in: context))
    super.init()
  }

  /// `[N, in, H, W]` to `[N, out, H / stride, W / stride]`.
  public func forward(_ input: Tensor) -> Tensor {
    conv.fused(pool?(input) ?? input, norm)
  }
}
