public import Tensors

/// A layer that draws random numbers in training.
///
/// A run hands it new numbers for every iteration, so that a resumed run draws what an
/// uninterrupted one would.
public protocol RandomLayer: Module {
  var generator: Generator { get set }
}
