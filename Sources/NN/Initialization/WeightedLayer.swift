public import Tensors

/// A layer that initialisers can reach: it has a `weight` and perhaps a `bias`.
public protocol WeightedLayer: Module {
  var weight: Parameter? { get }
  var bias: Parameter? { get }
}
