public import Tensors

extension Module {
  /// Applies `pass`, which runs this module off the tape, to a batch `[N, C, H, W]`: on several
  /// threads, part by part, where the module treats each image by itself.
  ///
  /// - Returns: what `pass` returns for the whole batch.
  public func evaluatingInParts(_ images: Tensor, _ pass: (Tensor) -> Tensor) -> Tensor {
    guard treatsImagesAlone else { return pass(images) }
    completeWeights()
    return images.device.mapImages(images, pass)
  }

  /// Narrowed parameters come into being when they are asked for: here, so that threads only read.
  private func completeWeights() {
    if let layer = self as? any WeightedLayer { _ = (layer.weight, layer.bias) }
    for child in calledChildren { child.completeWeights() }
  }

  /// Whether, as things stand, the output for an image does not depend on the others of its batch,
  /// and nothing is changed on the way: everything is in evaluation mode, normalisation
  /// uses its running statistics, and no part has an observer or a cache.
  public var treatsImagesAlone: Bool {
    namedModules().allSatisfy { _, module in
      !module.isTraining && !module.isIntercepted
        && (module as? BatchNorm2d)?.usesBatchStatistics != true
    }
  }
}
