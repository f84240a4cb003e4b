internal import Kernels

/// Rows and columns added around an image; negative numbers take some away.
public struct Padding: Hashable, Sendable {
  public enum Mode: Hashable, Sendable {
    case constant(Float)
    /// The image mirrored at its outermost pixels, which are not repeated.
    case reflect
    /// The outermost pixels repeated.
    case replicate
  }

  public var mode: Mode
  public var top: Int
  public var bottom: Int
  public var left: Int
  public var right: Int

  public init(
    _ mode: Mode = .constant(0), top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0
  ) {
    self.mode = mode
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// For each position of the padded axis the one it copies, -1 for none.
  fileprivate func sources(extent: Int, before: Int, after: Int) -> [Int32] {
    if case .reflect = mode {
      precondition(
        before < extent && after < extent,
        "pad: \(before) and \(after) pixels cannot be mirrored from \(extent)")
    }
    return ((-before)..<(extent + after)).map { place in
      switch mode {
      case .constant: (0..<extent).contains(place) ? Int32(place) : -1
      case .reflect: Int32(place < 0 ? -place : min(place, 2 * (extent - 1) - place))
      case .replicate: Int32(min(max(place, 0), extent - 1))
      }
    }
  }
}

/// Pads `x` `[N, C, H, W]`.
///
/// - Returns: `[N, C, top + H + bottom, left + W + right]`
public func pad(_ x: Tensor, _ padding: Padding) -> Tensor {
  precondition(x.shape.rank == 4, "pad: input of shape \(x.shape) is not [N, C, H, W]")
  let size: SIMD2<Int> = [
    x.shape[2] + padding.top + padding.bottom, x.shape[3] + padding.left + padding.right,
  ]
  precondition(size.x >= 0 && size.y >= 0, "pad: nothing is left of shape \(x.shape)")
  if size == [x.shape[2], x.shape[3]] && padding.top == 0 && padding.left == 0 { return x }
  var value: Float = 0
  if case .constant(let number) = padding.mode { value = number }
  return remapped(
    x,
    PixelSources(
      rows: padding.sources(extent: x.shape[2], before: padding.top, after: padding.bottom),
      columns: padding.sources(extent: x.shape[3], before: padding.left, after: padding.right)),
    value: value, output: size, .pad(padding))
}
