public import Configs
public import NN
public import Tensors

/// How far a student's output is from a teacher's, which gets no gradient.
public protocol DistillationLoss: AnyObject {
  /// - Parameters: `[N, C]` or `[N, C, H, W]`.
  /// - Returns: a scalar, or one value per element.
  func callAsFunction(student: Tensor, teacher: Tensor) -> Tensor
}

/// The losses that distillers may name.
public typealias DistillationLosses = Catalog<any DistillationLoss, LayerContext>

/// The context that distillers are built with.
public final class DistillationContext {
  public let layers: LayerContext
  public let losses: DistillationLosses

  public init(layers: LayerContext, losses: DistillationLosses) {
    self.layers = layers
    self.losses = losses
  }
}

extension Catalog where Product == any DistillationLoss, Context == LayerContext {
  /// The losses of this target.
  public static var builtIn: DistillationLosses {
    Catalog(
      "loss", scope: .mmrazor,
      ["KLDivergence": { reader, _ in try KLDivergence(&reader) }])
  }
}
