public import Tensors

/// The largest value of each window of `[N, C, H, W]`.
public final class MaxPool2d: Module, Layer {
  private let pooling: Pooling

  /// - Parameter padding: pixels on each side that no window chooses, at most half the kernel.
  public init(kernel: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false) {
    pooling = Pooling(
      kind: .max, kernel: [kernel, kernel], stride: [stride, stride], padding: [padding, padding],
      roundsUp: roundsUp)
    super.init()
  }

  public override var typeNames: [String] { ["MaxPool2d"] }

  public func forward(_ input: Tensor) -> Tensor {
    pool(input, pooling)
  }
}
