public import Configs
public import NN
public import Tensors
public import Vision
public import Zoo

/// A model of one task, seen by an algorithm: what to minimise on a batch and what to predict.
public protocol Architecture: Module {
  /// The network itself, registered as `model`.
  var model: Module { get }
  /// The channels of the images that it takes.
  var inChannels: Int { get }

  /// The losses of a training pass.
  ///
  /// - Parameter images: `[N, inChannels, H, W]`, on a tape if gradients are wanted.
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

extension Architecture {
  /// Checks an `input_shape`: channels, height and width of an image that the network takes.
  ///
  /// - Throws: `ConfigError` that names `path`.
  func check(_ inputShape: Shape, path: ConfigPath) throws(ConfigError) {
    guard inputShape.rank == 3, inputShape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw .invalidValue(path: path, message: "expected (channels, height, width)")
    }
    guard inputShape[0] == inChannels else {
      throw .invalidValue(
        path: path,
        message: "has \(inputShape[0]) channels, but the network takes images of \(inChannels)")
    }
  }
}
