public import Tensors

/// A convolution without bias and the normalisation behind it, which upstream keeps as two children
/// of a block (`conv1`, `bn1`). Both run as ``ConvModule`` runs them: normalisation and activation
/// in one pass, and evaluated off the tape everything in one.
public struct NormalizedConvolution {
  public let conv: Conv2d
  public private(set) var norm: any NormalizationLayer
  private let normName: String

  /// - Parameter padding: pixels of zeros on each side.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, norm: NormSpec = .batch, in context: LayerContext
  ) {
    conv = Conv2d(
      inChannels, outChannels, kernel: [kernel, kernel],
      geometry: ConvolutionGeometry(
        stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]),
      hasBias: false, in: context)
    self.norm = norm.make(outChannels, in: context)
    normName = norm.childName
  }

  /// - Parameter activation: a rectifier or another one with a kernel; `nil` for none.
  public func callAsFunction(_ input: Tensor, activation: ActivationLayer? = nil) -> Tensor {
    if conv.isWatched || norm.hasWatchedPart || activation?.isWatched == true {
      let value = norm(conv(input))
      return activation?(value) ?? value
    }
    guard let activation else { return conv(input, norm: norm, activation: .identity) }
    guard let fused = activation.activation.fused else {
      return activation(conv(input, norm: norm, activation: .identity))
    }
    return conv(input, norm: norm, activation: fused)
  }

  /// The end of a residual block: `activation(path(norm(conv(input))) + shortcut)`.
  ///
  /// - Parameters:
  ///   - path: drops the block for some samples in training.
  ///   - shortcut: of the output's shape.
  public func callAsFunction(
    _ input: Tensor, path: any Layer, adding shortcut: @autoclosure () -> Tensor,
    activation: ActivationLayer
  ) -> Tensor {
    let isWatched =
      conv.isWatched || norm.hasWatchedPart || path.isWatched || activation.isWatched
    if !isWatched, !path.isTraining, let fused = activation.activation.fused,
      let sum = conv.inOnePass(input, norm: norm, adding: shortcut(), activation: fused)
    {
      return sum
    }
    return activation(path(self(input)) + shortcut())
  }

  /// Registers both in `block` under their names with `number` behind (`conv1`, `bn1`).
  public func register(in block: Module, number: Int) {
    block.register("conv\(number)", conv)
    block.register("\(normName)\(number)", norm)
  }

  /// Takes `module` as the new normalisation, if it is one in the place of the current one.
  ///
  /// - Returns: whether `old` was this pair's.
  public mutating func replace(_ old: Module?, with module: Module) -> Bool {
    guard old === norm else { return false }
    guard let norm = module as? any NormalizationLayer else {
      preconditionFailure("cannot put a \(type(of: module)) in the place of a normalisation")
    }
    self.norm = norm
    return true
  }
}
