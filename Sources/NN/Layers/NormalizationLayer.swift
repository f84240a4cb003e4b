public import Tensors

/// A normalisation that a `norm_cfg` names. It can apply an activation in the same pass.
public protocol NormalizationLayer: Layer, WeightedLayer {
  /// Whether the next call normalises with statistics of the whole batch.
  var usesBatchStatistics: Bool { get }

  /// Normalises `[N, C, H, W]` and applies `activation` in the same pass.
  func forward(_ input: Tensor, activation: Activation) -> Tensor

  /// The layer's work as an inference convolution does it on its own output; `nil` where it depends
  /// on that output.
  ///
  /// - Parameter device: where the convolution runs.
  func folded(on device: any Device) -> FoldedNorm?
}

extension NormalizationLayer {
  public func forward(_ input: Tensor) -> Tensor { forward(input, activation: .identity) }
}
