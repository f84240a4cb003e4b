internal import Kernels

/// A rectangle of one image of a batch, between two corners.
public struct ImageRegion: Hashable, Sendable {
  public var image: Int
  /// x and y of the upper left corner, then of the lower right one.
  public var corners: SIMD4<Float>

  public init(image: Int, corners: SIMD4<Float>) {
    self.image = image
    self.corners = corners
  }
}

/// How regions of an activation are brought to one size.
public struct RegionAlign: Hashable, Sendable {
  public enum Mode: Hashable, Sendable {
    case average
    case max
  }

  /// Bins, height then width.
  public var output: SIMD2<Int>
  /// Pixels of the activation per unit of the regions' coordinates.
  public var scale: Float
  /// Samples of a bin along each axis; 0 for as many as a bin has pixels, rounded up.
  public var samples: Int
  public var mode: Mode
  /// Whether a pixel is the point in the middle of its unit square. Where it is not, no region is
  /// less than a pixel wide or high.
  public var isAligned: Bool

  public init(
    output: SIMD2<Int>, scale: Float = 1, samples: Int = 0, mode: Mode = .average,
    isAligned: Bool = true
  ) {
    self.output = output
    self.scale = scale
    self.samples = samples
    self.mode = mode
    self.isAligned = isAligned
  }
}

/// Regions of `x` `[N, C, H, W]`, each cut into bins: the mean of each bin's samples, or the largest
/// of them, where a sample lies between four pixels (He et al., "Mask R-CNN", 2017). A sample more
/// than a pixel outside is 0, and so is what a region without extent gives.
///
/// - Returns: `[R, C, H', W']`; no gradient flows to the regions.
public func alignRegions(_ x: Tensor, _ regions: [ImageRegion], _ align: RegionAlign) -> Tensor {
  precondition(x.shape.rank == 4, "regions of shape \(x.shape), which is not [N, C, H, W]")
  precondition(
    align.output.x > 0 && align.output.y > 0 && align.samples >= 0 && align.scale > 0,
    "regions cannot be aligned by \(align)")
  let problem = RegionProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    regions: regions.count, outputSize: align.output, scale: align.scale, samples: align.samples,
    isAligned: align.isAligned)
  var numbers: [Float] = []
  numbers.reserveCapacity(regions.count * 5)
  for region in regions {
    precondition(
      (0..<x.shape[0]).contains(region.image) && x.shape[2] * x.shape[3] > 0,
      "a region of image \(region.image) in shape \(x.shape)")
    numbers.append(Float(region.image))
    for corner in 0..<4 { numbers.append(region.corners[corner]) }
  }
  let boxes = Tensor(hostFloats: numbers, shape: [regions.count, 5], on: x.device)
  let input = x.activation
  let output = Tensor.uninitialized(
    [regions.count, x.shape[1], align.output.x, align.output.y], layout: .channelsLast,
    on: x.device)
  let chosen =
    align.mode == .max
    ? Tensor.uninitialized(output.shape, dtype: .int32, layout: .channelsLast, on: x.device) : nil
  x.kernels.alignRegions(
    problem, boxes: boxes.source, input.source, into: output.target, chosen: chosen?.numbers)
  return recorded(.alignRegions(align), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let gradient = gradient.activation
    let dx = Tensor.uninitialized(shape, layout: .channelsLast, on: gradient.device)
    gradient.kernels.alignRegionsBackward(
      problem, boxes: boxes.source, chosen: chosen?.numbers, gradient: gradient.source,
      into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

extension Tensor {
  fileprivate var numbers: UnsafeMutablePointer<Int32> {
    storage.pointer.assumingMemoryBound(to: Int32.self)
  }
}
