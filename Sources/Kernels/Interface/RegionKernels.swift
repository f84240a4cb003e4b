/// Regions of activations that are brought to one size; pairs are height first, then width.
public struct RegionProblem: Hashable, Sendable {
  public var images: Int
  public var channels: Int
  public var inputSize: SIMD2<Int>
  public var regions: Int
  public var outputSize: SIMD2<Int>
  /// Pixels per unit of the regions' coordinates.
  public var scale: Float
  /// Samples of a bin along each axis; 0 for about one a pixel.
  public var samples: Int
  /// Whether a pixel is the point in the middle of its unit square, rather than at its corner.
  public var isAligned: Bool

  public init(
    images: Int, channels: Int, inputSize: SIMD2<Int>, regions: Int, outputSize: SIMD2<Int>,
    scale: Float, samples: Int, isAligned: Bool
  ) {
    self.images = images
    self.channels = channels
    self.inputSize = inputSize
    self.regions = regions
    self.outputSize = outputSize
    self.scale = scale
    self.samples = samples
    self.isAligned = isAligned
  }
}

public protocol RegionKernels {
  /// - Parameters:
  ///   - boxes: image, x1, y1, x2, y2 of each region.
  ///   - chosen: receives, for each element, the number of the sample that won; `nil` for means.
  func alignRegions(
    _ problem: RegionProblem, boxes: Source, _ x: Source, into y: Target,
    chosen: UnsafeMutablePointer<Int32>?)
  func alignRegionsBackward(
    _ problem: RegionProblem, boxes: Source, chosen: UnsafePointer<Int32>?, gradient dy: Source,
    into dx: Target)
}
