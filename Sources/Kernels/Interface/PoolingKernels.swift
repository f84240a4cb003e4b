/// The extents of one pooling; pairs are height first, then width.
public struct PoolingProblem: Hashable, Sendable {
  public var images: Int
  public var channels: Int
  public var inputSize: SIMD2<Int>
  public var outputSize: SIMD2<Int>
  public var kernel: SIMD2<Int>
  public var stride: SIMD2<Int>
  public var padding: SIMD2<Int>
  /// The distance of a window's pixels; means know 1 only.
  public var dilation: SIMD2<Int>

  public init(
    images: Int, channels: Int, inputSize: SIMD2<Int>, outputSize: SIMD2<Int>,
    kernel: SIMD2<Int> = [1, 1], stride: SIMD2<Int> = [1, 1], padding: SIMD2<Int> = [0, 0],
    dilation: SIMD2<Int> = [1, 1]
  ) {
    self.images = images
    self.channels = channels
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }
}

/// How a mean is taken.
public enum AveragePoolingRule: Hashable, Sendable {
  case windows(countsPadding: Bool)
  /// The sum of a window over a number that is always the same.
  case quotient(divisor: Int)
  /// PyTorch's adaptive windows; kernel, stride and padding of the problem are not read.
  case adaptive
}

/// Which pixels a maximum is taken of.
public enum MaxPoolingRule: Hashable, Sendable {
  case windows
  /// PyTorch's adaptive windows; kernel, stride and padding of the problem are not read.
  case adaptive
}

public protocol PoolingKernels {
  /// `chosen` receives, for each element, the index in its image of the pixel that won.
  func maxPool(
    _ problem: PoolingProblem, _ rule: MaxPoolingRule, _ x: Source, into y: Target,
    chosen: UnsafeMutablePointer<Int32>)
  func maxPoolBackward(
    _ problem: PoolingProblem, chosen: UnsafePointer<Int32>, gradient dy: Source,
    into dx: Target)
  func averagePool(
    _ problem: PoolingProblem, _ rule: AveragePoolingRule, _ x: Source, into y: Target)
  func averagePoolBackward(
    _ problem: PoolingProblem, _ rule: AveragePoolingRule, gradient dy: Source, into dx: Target)
}
