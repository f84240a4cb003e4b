public import Tensors

/// Resamples `[N, C, H, W]` to a size, or by a factor.
public final class Upsample: Module, Layer {
  public enum Target: Hashable, Sendable {
    /// Height, then width.
    case size(SIMD2<Int>)
    /// The factors of height, then width; extents are rounded down.
    case scale(SIMD2<Double>)
  }

  private let target: Target
  private let mode: Resize.Mode

  public init(to target: Target, _ mode: Resize.Mode = .nearest) {
    self.target = target
    self.mode = mode
    super.init()
  }

  public func forward(_ input: Tensor) -> Tensor {
    switch target {
    case .size(let size): resize(input, to: size, mode)
    case .scale(let scale): resize(input, by: scale, mode)
    }
  }
}
