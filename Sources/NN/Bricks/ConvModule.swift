public import Tensors

/// A convolution with the normalisation and activation around it, as mmcv's `ConvModule`:
/// children `conv`, `bn`, `activate`.
///
/// Normalisation and activation run as one pass; evaluated off the tape, the whole block does.
public final class ConvModule: Module, Layer {
  public enum Part: Hashable, Sendable { case convolution, norm, activation }

  public enum Bias: Hashable, Sendable {
    /// A bias only where no normalisation would cancel it.
    case automatic
    case explicit(Bool)
  }

  @Child public private(set) var conv: Conv2d
  @Child public private(set) var norm: (any NormalizationLayer)?
  @Child public private(set) var activate: ActivationLayer?
  private let order: [Part]
  let isPlainOrder: Bool

  /// - Parameters:
  ///   - padding: pixels of zeros on each side.
  ///   - order: a permutation of the three parts.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bias = .automatic,
    style: LayerStyle = LayerStyle(norm: nil),
    order: [Part] = [.convolution, .norm, .activation], in context: LayerContext
  ) {
    precondition(
      order.count == 3 && Set(order).count == 3, "the order \(order) must name each part once")
    let geometry = ConvolutionGeometry(
      stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation],
      groups: groups)
    let hasBias = if case .explicit(let value) = bias { value } else { style.norm == nil }
    conv = Conv2d(
      inChannels, outChannels, kernel: [kernel, kernel], geometry: geometry, hasBias: hasBias,
      initialWeight: .constant(0), in: context)
    let normFollows = order.drop { $0 != .convolution }.contains(.norm)
    _norm = Child(
      name: style.norm?.childName ?? "norm",
      style.norm?.make(normFollows ? outChannels : inChannels, in: context))
    activate = style.activation.map(ActivationLayer.init)
    self.order = order
    isPlainOrder = order == [.convolution, .norm, .activation]
    super.init()
    drawWeights(in: context)
  }

  /// Draws the weights by He's rule for what follows; normalisation starts as the identity.
  public override func initializeWeights(in context: LayerContext) {
    drawWeights(in: context)
    if let weight = norm?.weight { Distribution.constant(1).fill(weight, in: context) }
    if let bias = norm?.bias { Distribution.constant(0).fill(bias, in: context) }
  }

  public func forward(_ input: Tensor) -> Tensor {
    guard isPlainOrder, !hasInterceptedChild, let activation = fusedActivation else {
      return inOrder(input)
    }
    return conv.normalized(input, norm, activation)
  }

  /// Whether a part has observers or a cache.
  var hasInterceptedChild: Bool {
    conv.isIntercepted || norm?.hasInterceptedPart == true || activate?.isIntercepted == true
  }

  /// The activation to fuse behind normalisation; `nil` when it has no kernel.
  var fusedActivation: Activation? {
    guard let activate else { return .identity }
    return activate.activation.fused
  }

  private func inOrder(_ input: Tensor) -> Tensor {
    var value = input
    for part in order {
      switch part {
      case .convolution: value = conv(value)
      case .norm: if let norm { value = norm(value) }
      case .activation: if let activate { value = activate(value) }
      }
    }
    return value
  }

  private func drawWeights(in context: LayerContext) {
    var gain = 2.0.squareRoot()
    if case .fused(.leakyReLU(let slope)) = activate?.activation.function {
      gain = (2 / (1 + Double(slope) * Double(slope))).squareRoot()
    }
    let weight = conv.convolutionWeight
    Distribution.kaiming(weight.shape, fan: .out, gain: gain).fill(weight, in: context)
    if let bias = conv.bias { Distribution.constant(0).fill(bias, in: context) }
  }
}
