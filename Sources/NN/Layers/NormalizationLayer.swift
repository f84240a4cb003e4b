public import Tensors

/// A normalisation that a `norm_cfg` names. It can apply an activation in the same pass.
public protocol NormalizationLayer: Layer, WeightedLayer {
  /// Whether the next call normalises with statistics of the whole batch.
  var usesBatchStatistics: Bool { get }

  /// Normalises `[N, C, H, W]` and applies `activation`.
  func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor

  /// What an inference convolution needs to do this layer's work on its own output; `nil` where
  /// that depends on the output.
  ///
  /// - Parameter device: where the convolution runs.
  func folded(on device: any Device) -> FoldedNorm?
}
