internal import Synchronization

/// The extents of one 2-D convolution; pairs are height first, then width.
public struct ConvolutionProblem: Hashable, Sendable {
  public var images: Int
  public var inputChannels: Int
  public var inputSize: SIMD2<Int>
  public var outputChannels: Int
  public var kernel: SIMD2<Int>
  public var stride: SIMD2<Int>
  public var padding: SIMD2<Int>
  public var dilation: SIMD2<Int>
  public var groups: Int

  public init(
    images: Int, inputChannels: Int, inputSize: SIMD2<Int>, outputChannels: Int,
    kernel: SIMD2<Int>, stride: SIMD2<Int>, padding: SIMD2<Int>, dilation: SIMD2<Int>, groups: Int
  ) {
    self.images = images
    self.inputChannels = inputChannels
    self.inputSize = inputSize
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public var outputSize: SIMD2<Int> {
    let reach = dilation &* (kernel &- 1) &+ 1
    let room = inputSize &+ 2 &* padding &- reach
    return [
      room.x < 0 ? 0 : room.x / stride.x + 1, room.y < 0 ? 0 : room.y / stride.y + 1,
    ]
  }

  /// Whether each pixel is computed from the one at its place.
  public var isPointwise: Bool {
    kernel == .one && stride == .one && padding == .zero
  }

  public var isDepthwise: Bool {
    groups == inputChannels && groups == outputChannels && groups > 1
  }
}

/// Convolution weights `[O, I / groups, kH, kW]`, row-major, with room for packed copies of them.
public struct WeightOperand {
  public let values: Source
  /// Changes whenever the values do.
  public let version: Int
  public let packed: PackedWeights

  public init(values: Source, version: Int, packed: PackedWeights) {
    self.values = values
    self.version = version
    self.packed = packed
  }
}

/// Copies of one weight in the arrangements that a device's kernels prefer; owned by the weight,
/// filled by the device. Several devices may ask for theirs at the same time.
public final class PackedWeights {
  /// The copies of one device. What it holds is not `Sendable`, but a device's kernels run on one
  /// thread at a time, and nobody else looks into its shelf but its workers, one at a time while it
  /// waits.
  final class Shelf: @unchecked Sendable {
    /// By whatever the device tells its arrangements apart.
    var copies: [AnyHashable: AnyObject] = [:]
  }

  private let shelves = Mutex<[ObjectIdentifier: Shelf]>([:])

  public init() {}

  /// Gives the memory of all copies back; to be called while no kernel runs.
  public func discard() {
    shelves.withLock { $0.removeAll() }
  }

  func shelf(of device: ObjectIdentifier) -> Shelf {
    shelves.withLock { shelves in
      if let shelf = shelves[device] { return shelf }
      let shelf = Shelf()
      shelves[device] = shelf
      return shelf
    }
  }
}

/// What follows a convolution in the same pass at inference: bias, normalisation, the addition of
/// another activation, a function of each element.
public struct ConvolutionEpilogue {
  public var bias: Source?
  public var normalization: FoldedNormalization?
  /// Of the output's shape; only where that is float32.
  public var residual: Elements?
  public var activation: PointwiseFunction

  public init(
    bias: Source?, normalization: FoldedNormalization?, residual: Elements? = nil,
    activation: PointwiseFunction
  ) {
    self.bias = bias
    self.normalization = normalization
    self.residual = residual
    self.activation = activation
  }
}

/// Normalisation by fixed statistics of each output channel.
public struct FoldedNormalization {
  public var parameters: ChannelParameters
  public var mean: Source
  public var variance: Source
  public var epsilon: Float

  public init(
    parameters: ChannelParameters, mean: Source, variance: Source, epsilon: Float
  ) {
    self.parameters = parameters
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }
}

public protocol ConvolutionKernels {
  /// The bytes of input and output that stay close to a processor from one kernel to the next:
  /// chains of kernels around a convolution work on parts of about this size.
  func partByteCount(of problem: ConvolutionProblem) -> Int

  /// Whether a convolution is computed by Winograd's minimal filtering, in float32.
  func goesThroughWinograd(_ problem: ConvolutionProblem) -> Bool

  /// The precision in which a convolution reads its input, its weight and the gradient of its
  /// output. Results may be of that precision or float32.
  func precision(of problem: ConvolutionProblem) -> Precision

  /// Whether a convolution, without the functions around it, reads its input in whichever precision
  /// that is kept.
  func readsEitherPrecision(_ problem: ConvolutionProblem) -> Bool

  func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand, bias: Source?,
    into y: MutableElements)

  /// Inference: the convolution and what follows it in one pass.
  func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand,
    epilogue: ConvolutionEpilogue, into y: MutableElements)

  func convolveBackwardData(
    _ problem: ConvolutionProblem, gradient dy: Elements, weight: WeightOperand,
    into dx: MutableElements)

  /// Arranges the weights once for all workers, where these want them in another arrangement than
  /// the given one for the convolutions of `problem`, which is one worker's part. To be called before
  /// workers run; without it, one of them does so while the others wait.
  ///
  /// - Parameter isBackward: whether they will compute gradients of the input.
  func arrangeForWorkers(_ weight: WeightOperand, of problem: ConvolutionProblem, isBackward: Bool)

  /// `db` receives the gradient of a bias.
  func convolveBackwardWeights(
    _ problem: ConvolutionProblem, _ x: Elements, gradient dy: Elements, into dw: Target,
    bias db: Target?)
}
