public import Tensors

/// A 2-D convolution; its weight is `[out, in / groups, kH, kW]`.
public final class Conv2d: Module, Layer, WeightedLayer {
  public let convolutionWeight: Parameter
  public let bias: Parameter?
  public let geometry: ConvolutionGeometry

  public var weight: Parameter? { convolutionWeight }

  /// - Parameters:
  ///   - kernel: height, then width.
  ///   - initialWeight: what the weight is drawn from; PyTorch's default unless given.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernel: SIMD2<Int>,
    geometry: ConvolutionGeometry = ConvolutionGeometry(), hasBias: Bool = true,
    initialWeight: Distribution? = nil, in context: LayerContext
  ) {
    let groups = geometry.groups
    precondition(
      inChannels % groups == 0 && outChannels % groups == 0,
      "\(groups) groups divide neither or only one of \(inChannels) and \(outChannels) channels")
    let shape: Shape = [outChannels, inChannels / groups, kernel.x, kernel.y]
    let fallback = Distribution.layerDefault(fanIn: Distribution.Fan.in.count(shape))
    convolutionWeight = (initialWeight ?? fallback).parameter(shape, in: context)
    bias = hasBias ? fallback.parameter([outChannels], in: context) : nil
    self.geometry = geometry
    super.init()
    register("weight", convolutionWeight)
    if let bias { register("bias", bias) }
  }

  public var inChannels: Int { convolutionWeight.shape[1] * geometry.groups }
  public var outChannels: Int { convolutionWeight.shape[0] }

  public override var typeNames: [String] { ["Conv2d", "_ConvNd"] }

  /// `[N, in, H, W]` to `[N, out, H', W']`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    conv2d(input, weight: convolutionWeight, bias: bias, geometry)
  }

  /// The same before a normalisation by batch statistics, which is spared a pass to gather them.
  func beforeNormalization(_ input: Tensor) -> Tensor {
    conv2d(input, weight: convolutionWeight, bias: bias, geometry, gathersMoments: true)
  }
}
