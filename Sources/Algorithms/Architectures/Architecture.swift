public import NN
public import Tensors
public import Vision
public import Zoo

/// A model of one task, seen by an algorithm: what to minimise on a batch and what to predict.
public protocol Architecture: Module {
  /// The network itself, registered as `model`.
  var model: Module { get }

  /// The losses of a training pass.
  ///
  /// - Parameter images: `[N, 3, H, W]`, on a tape if gradients are wanted.
  func losses(images: Tensor, batch: Batch) throws -> Losses

  /// Class scores, one row per image.
  func predictions(images: Tensor) -> [[Float]]

  /// The forward pass whose cost counts, as upstream's `forward_dummy`.
  func forwardForCounting(_ images: Tensor)
}
