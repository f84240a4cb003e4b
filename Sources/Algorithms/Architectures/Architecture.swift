public import Configs
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

  /// Checks that the parts of the network fit together.
  ///
  /// - Parameter path: the architecture's place in the config.
  /// - Throws: `ConfigError` that names the key to change.
  func checkFit(path: ConfigPath, on device: any Device) throws

  /// The forward pass whose cost counts, as upstream's `forward_dummy`.
  func forwardForCounting(_ images: Tensor)
}
