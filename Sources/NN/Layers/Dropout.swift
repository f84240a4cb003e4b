public import Tensors

/// Zeroes elements by chance in training and scales up the others.
///
/// Srivastava et al., "Dropout" (2014).
public final class Dropout: Module, Layer, RandomLayer {
  public let probability: Float
  public var generator: Generator

  public init(_ probability: Float = 0.5, in context: LayerContext) {
    self.probability = probability
    generator = Generator(seed: context.generator.next())
    super.init()
  }

  public func forward(_ input: Tensor) -> Tensor {
    isTraining && probability > 0
      ? dropout(input, probability: probability, generator: &generator) : input
  }
}
