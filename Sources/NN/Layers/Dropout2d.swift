public import Tensors

/// Zeroes whole channels at random in training and scales up the others, each image for itself.
///
/// Tompson et al., "Efficient object localization using convolutional networks" (2015).
public final class Dropout2d: Module, Layer, RandomLayer {
  public let probability: Float
  public var generator: Generator

  public init(_ probability: Float = 0.5, in context: LayerContext) {
    self.probability = probability
    generator = Generator(seed: context.generator.next())
    super.init()
  }

  public func forward(_ input: Tensor) -> Tensor {
    isTraining && probability > 0
      ? dropChannels(input, probability: probability, generator: &generator) : input
  }
}
