public import Tensors

/// A fully connected layer; its weight is `[out, in]`.
public final class Linear: Module, Layer, WeightedLayer {
  private let fullWeight: Parameter
  private let fullBias: Parameter?
  public private(set) var inMask: ChannelMask?
  public private(set) var outMask: ChannelMask?

  public init(_ inFeatures: Int, _ outFeatures: Int, hasBias: Bool = true, in context: LayerContext)
  {
    let distribution = Distribution.layerDefault(fanIn: inFeatures)
    fullWeight = distribution.parameter([outFeatures, inFeatures], in: context)
    fullBias = hasBias ? distribution.parameter([outFeatures], in: context) : nil
    super.init()
    register("weight", fullWeight)
    if let fullBias { register("bias", fullBias) }
  }

  /// The weight of the live features.
  public var linearWeight: Parameter {
    guard let inMask, let outMask else { return fullWeight }
    return fullWeight.narrowed(to: [outMask.selection, inMask.selection])
  }

  public var weight: Parameter? { linearWeight }

  /// The bias of the live features.
  public var bias: Parameter? {
    guard let outMask else { return fullBias }
    return fullBias?.narrowed(to: [outMask.selection])
  }

  public var inFeatures: Int { linearWeight.shape[1] }
  public var outFeatures: Int { linearWeight.shape[0] }

  public override var typeNames: [String] { ["Linear"] }

  /// `[N, in]` to `[N, out]`.
  public func forward(_ input: Tensor) -> Tensor {
    linear(input, weight: linearWeight, bias: bias)
  }
}

// MARK: - Slimming

extension Linear: SlimmableLayer {
  public var fullChannels: (input: Int, output: Int) { (fullWeight.shape[1], fullWeight.shape[0]) }

  public func addChannelMasks() {
    guard outMask == nil else { return }
    let device = fullWeight.value.device
    let input = ChannelMask(channels: fullChannels.input, rank: 2, on: device)
    let output = ChannelMask(channels: fullChannels.output, rank: 2, on: device)
    register("in_mask", input)
    register("out_mask", output)
    (inMask, outMask) = (input, output)
  }

  public func keepChannels(input: ChannelSelection?, output: ChannelSelection?) {
    fullWeight.keep([output, input])
    fullBias?.keep([output])
    inMask?.resize(to: fullChannels.input)
    outMask?.resize(to: fullChannels.output)
  }
}
