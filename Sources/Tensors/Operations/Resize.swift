internal import Kernels

/// How the rows and columns of an image are resampled to another size.
public struct Resize: Hashable, Sendable {
  public enum Mode: Hashable, Sendable {
    /// The pixel whose place, scaled, begins before that of the new one.
    case nearest
    /// Between the four pixels around.
    ///
    /// - Parameter alignsCorners: whether the centres of the corner pixels stay where they are,
    ///   rather than the edges of the image.
    case bilinear(alignsCorners: Bool)
  }

  public var mode: Mode
  /// Height, then width.
  public var output: SIMD2<Int>
  /// The factors by which places are computed, where they are not the ratio of the extents.
  public var scale: SIMD2<Double>?

  public init(_ mode: Mode, output: SIMD2<Int>, scale: SIMD2<Double>? = nil) {
    self.mode = mode
    self.output = output
    self.scale = scale
  }
}

/// Resamples `x` `[N, C, H, W]` to `output` (height, width), as `torch.nn.functional.interpolate`
/// with a `size`.
public func resize(_ x: Tensor, to output: SIMD2<Int>, _ mode: Resize.Mode) -> Tensor {
  resize(x, Resize(mode, output: output))
}

/// Resamples `x` `[N, C, H, W]` by factors (of height, then width), as
/// `torch.nn.functional.interpolate` with a `scale_factor`: extents are rounded down, places are
/// computed with the factors themselves.
///
/// - Parameter recomputesScale: whether places are computed with the ratio of the extents
///   (`recompute_scale_factor`).
public func resize(
  _ x: Tensor, by scale: SIMD2<Double>, _ mode: Resize.Mode, recomputesScale: Bool = false
) -> Tensor {
  precondition(x.shape.rank == 4, "resize: input of shape \(x.shape) is not [N, C, H, W]")
  let output: SIMD2<Int> = [
    Int(Double(x.shape[2]) * scale.x), Int(Double(x.shape[3]) * scale.y),
  ]
  return resize(x, Resize(mode, output: output, scale: recomputesScale ? nil : scale))
}

/// Resamples `x` `[N, C, H, W]` as `resize` says.
public func resize(_ x: Tensor, _ resize: Resize) -> Tensor {
  precondition(x.shape.rank == 4, "resize: input of shape \(x.shape) is not [N, C, H, W]")
  let size: SIMD2<Int> = [x.shape[2], x.shape[3]]
  precondition(
    size.x > 0 && size.y > 0 && resize.output.x > 0 && resize.output.y > 0,
    "resize: \(x.shape) to \(resize.output)")
  let axes = (0..<2).map { axis in
    ResizedAxis(input: size[axis], output: resize.output[axis], scale: resize.scale?[axis])
  }
  switch resize.mode {
  case .nearest:
    return remapped(
      x, PixelSources(rows: axes[0].nearest, columns: axes[1].nearest), value: 0,
      output: resize.output, .resize(resize))
  case .bilinear(let alignsCorners):
    return interpolated(x, resize, axes.map { $0.between(alignsCorners: alignsCorners) })
  }
}

private func interpolated(
  _ x: Tensor, _ resize: Resize, _ positions: [InterpolatedPositions]
) -> Tensor {
  let problem = ResamplingProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputSize: resize.output)
  let input = x.activation
  let output = input.makeAlike([x.shape[0], x.shape[1], resize.output.x, resize.output.y])
  x.kernels.interpolate(
    problem, rows: positions[0], columns: positions[1], input.source, into: output.target)
  return recorded(.resize(resize), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.interpolateBackward(
      problem, rows: positions[0], columns: positions[1], gradient: gradient.source,
      into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

/// Rows and columns of `x` `[N, C, H, W]` copied to where `sources` says.
func remapped(
  _ x: Tensor, _ sources: PixelSources, value: Float, output size: SIMD2<Int>,
  _ operation: Operation
) -> Tensor {
  let problem = ResamplingProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputSize: size)
  let input = x.activation
  let output = input.makeAlike([x.shape[0], x.shape[1], size.x, size.y])
  x.kernels.remap(problem, sources, value: value, input.source, into: output.target)
  return recorded(operation, inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.remapBackward(problem, sources, gradient: gradient.source, into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

/// Where the positions of one resized axis lie on the original one; in single precision, as
/// PyTorch computes them.
private struct ResizedAxis {
  let input: Int
  let output: Int
  /// Output over input; `nil` for the ratio of the extents.
  let scale: Double?

  /// Input positions per output position.
  private var step: Float {
    if let scale, scale > 0 { return Float(1 / scale) }
    return Float(input) / Float(output)
  }

  var nearest: [Int32] {
    (0..<output).map { Int32(min(Int((Float($0) * step).rounded(.down)), input - 1)) }
  }

  func between(alignsCorners: Bool) -> InterpolatedPositions {
    let step = alignsCorners ? (output > 1 ? Float(input - 1) / Float(output - 1) : 0) : step
    var positions = InterpolatedPositions(low: [], high: [], weight: [])
    for place in 0..<output {
      if input == output {
        positions.append(low: place, high: place, weight: 0)
        continue
      }
      let exact =
        alignsCorners ? Float(place) * step : max((Float(place) + 0.5) * step - 0.5, 0)
      let low = min(Int(exact), input - 1)
      positions.append(
        low: low, high: min(low + 1, input - 1), weight: min(max(exact - Float(low), 0), 1))
    }
    return positions
  }
}

extension InterpolatedPositions {
  fileprivate mutating func append(low: Int, high: Int, weight: Float) {
    self.low.append(Int32(low))
    self.high.append(Int32(high))
    self.weight.append(weight)
  }
}
