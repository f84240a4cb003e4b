/// Activations whose rows and columns come from others; pairs are height first, then width.
public struct ResamplingProblem: Hashable, Sendable {
  public var images: Int
  public var channels: Int
  public var inputSize: SIMD2<Int>
  public var outputSize: SIMD2<Int>

  public init(images: Int, channels: Int, inputSize: SIMD2<Int>, outputSize: SIMD2<Int>) {
    self.images = images
    self.channels = channels
    self.inputSize = inputSize
    self.outputSize = outputSize
  }
}

/// For each row and column of the output the one it copies; -1 where there is none.
public struct PixelSources: Hashable, Sendable {
  public var rows: [Int32]
  public var columns: [Int32]

  public init(rows: [Int32], columns: [Int32]) {
    self.rows = rows
    self.columns = columns
  }
}

/// For each position of one output axis the two that it lies between, and the share of the second.
public struct InterpolatedPositions: Hashable, Sendable {
  public var low: [Int32]
  public var high: [Int32]
  public var weight: [Float]

  public init(low: [Int32], high: [Int32], weight: [Float]) {
    self.low = low
    self.high = high
    self.weight = weight
  }
}

public protocol ResamplingKernels {
  /// - Parameter value: of pixels that copy none.
  func remap(
    _ problem: ResamplingProblem, _ sources: PixelSources, value: Float, _ x: Source,
    into y: Target)
  func remapBackward(
    _ problem: ResamplingProblem, _ sources: PixelSources, gradient dy: Source, into dx: Target)
  func interpolate(
    _ problem: ResamplingProblem, rows: InterpolatedPositions, columns: InterpolatedPositions,
    _ x: Source, into y: Target)
  func interpolateBackward(
    _ problem: ResamplingProblem, rows: InterpolatedPositions, columns: InterpolatedPositions,
    gradient dy: Source, into dx: Target)
}
