public import Tensors

/// Averages `[N, C, H, W]` into a grid of `output` cells (height, then width).
public final class AdaptiveAveragePool2d: Module, Layer {
  public let output: SIMD2<Int>

  public init(_ output: SIMD2<Int> = [1, 1]) {
    self.output = output
    super.init()
  }

  public func forward(_ input: Tensor) -> Tensor {
    output == [1, 1] ? globalAveragePool(input) : adaptiveAveragePool(input, output: output)
  }
}
