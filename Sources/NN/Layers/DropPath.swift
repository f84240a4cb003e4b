public import Tensors

/// Leaves a residual path out for some samples of a batch, in training.
///
/// Huang et al., "Deep networks with stochastic depth" (2016).
public final class DropPath: Module, Layer, RandomLayer {
  /// May be changed while training goes on (a schedule of the drop probability).
  public var probability: Float
  public var generator: Generator

  public init(_ probability: Float = 0.1, in context: LayerContext) {
    self.probability = probability
    generator = Generator(seed: context.generator.next())
    super.init()
  }

  /// Keeps each sample of `[N, …]` with probability `1 - p`, scaled by its inverse.
  public func forward(_ input: Tensor) -> Tensor {
    guard isTraining, probability > 0 else { return input }
    let keep = 1 - probability
    let count = input.shape[0]
    let scales = (0..<count).map { _ in Float(generator.uniform()) < keep ? 1 / keep : 0 }
    let shape = Shape([count] + [Int](repeating: 1, count: input.shape.rank - 1))
    return input * Tensor(scales, shape: shape, on: input.device)
  }
}
