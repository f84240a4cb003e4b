public import Tensors

/// The mean of each window of `[N, C, H, W]`.
public final class AveragePool2d: Module, Layer {
  private let pooling: Pooling

  /// - Parameters:
  ///   - roundsUp: whether what is left at the far edges gets a window of its own (`ceil_mode`).
  ///   - countsPadding: whether the zeros of the padding count in the mean.
  public init(
    kernel: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false, countsPadding: Bool = true
  ) {
    pooling = Pooling(
      kind: .average(countsPadding: countsPadding), kernel: [kernel, kernel],
      stride: [stride, stride], padding: [padding, padding], roundsUp: roundsUp)
    super.init()
  }

  public override var typeNames: [String] { ["AvgPool2d"] }

  public func forward(_ input: Tensor) -> Tensor {
    pool(input, pooling)
  }
}
