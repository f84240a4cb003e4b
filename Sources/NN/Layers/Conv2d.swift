public import Tensors

/// A 2-D convolution; its weight is `[out, in / groups, kH, kW]`.
public final class Conv2d: Module, Layer, WeightedLayer {
  private let fullWeight: Parameter
  private let fullBias: Parameter?
  private var fullGeometry: ConvolutionGeometry
  public private(set) var inMask: ChannelMask?
  public private(set) var outMask: ChannelMask?

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
    fullWeight = (initialWeight ?? fallback).parameter(shape, in: context)
    fullBias = hasBias ? fallback.parameter([outChannels], in: context) : nil
    fullGeometry = geometry
    super.init()
    register("weight", fullWeight)
    if let fullBias { register("bias", fullBias) }
  }

  /// A convolution of `kernel` × `kernel` pixels without bias, as normalisation follows it.
  ///
  /// - Parameter padding: pixels of zeros on each side.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, in context: LayerContext
  ) {
    self.init(
      inChannels, outChannels, kernel: [kernel, kernel],
      geometry: ConvolutionGeometry(
        stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation],
        groups: groups), hasBias: false, in: context)
  }

  /// The weight of the live channels.
  public var convolutionWeight: Parameter {
    guard let inMask, let outMask else { return fullWeight }
    return fullWeight.narrowed(
      to: [outMask.selection, fullGeometry.groups == 1 ? inMask.selection : nil])
  }

  public var weight: Parameter? { convolutionWeight }

  /// The bias of the live channels.
  public var bias: Parameter? {
    guard let outMask else { return fullBias }
    return fullBias?.narrowed(to: [outMask.selection])
  }

  /// The geometry for the live channels: a depthwise convolution has as many groups.
  public var geometry: ConvolutionGeometry {
    guard let outMask, isDepthwise else { return fullGeometry }
    var geometry = fullGeometry
    geometry.groups = outMask.liveCount
    return geometry
  }

  /// Whether each channel is convolved for itself, so that input and output have the same ones.
  public var isDepthwise: Bool {
    fullGeometry.groups > 1 && fullGeometry.groups == fullWeight.shape[0]
      && fullWeight.shape[1] == 1
  }

  public var inChannels: Int { convolutionWeight.shape[1] * geometry.groups }
  public var outChannels: Int { convolutionWeight.shape[0] }

  public override var typeNames: [String] { ["Conv2d", "_ConvNd"] }

  /// `[N, in, H, W]` to `[N, out, H', W']`.
  public func forward(_ input: Tensor) -> Tensor {
    conv2d(input, weight: convolutionWeight, bias: bias, geometry)
  }
}

// MARK: - Slimming

extension Conv2d: SlimmableLayer {
  public var fullChannels: (input: Int, output: Int) {
    (fullWeight.shape[1] * fullGeometry.groups, fullWeight.shape[0])
  }

  public func addChannelMasks() {
    guard outMask == nil else { return }
    let device = fullWeight.value.device
    let input = ChannelMask(channels: fullChannels.input, rank: 4, on: device)
    let output = ChannelMask(channels: fullChannels.output, rank: 4, on: device)
    register("in_mask", input)
    register("out_mask", output)
    (inMask, outMask) = (input, output)
  }

  public func keepChannels(input: ChannelSelection?, output: ChannelSelection?) {
    let wasDepthwise = isDepthwise
    fullWeight.keep([output, fullGeometry.groups == 1 ? input : nil])
    fullBias?.keep([output])
    if wasDepthwise { fullGeometry.groups = fullWeight.shape[0] }
    inMask?.resize(to: fullChannels.input)
    outMask?.resize(to: fullChannels.output)
  }
}
