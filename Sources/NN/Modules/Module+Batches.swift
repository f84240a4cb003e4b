public import Tensors

extension Module {
  /// Applies `pass`, which runs this module off the tape, to a batch `[N, C, H, W]`: on several
  /// threads, part by part, where the module treats each image by itself.
  ///
  /// - Returns: what `pass` returns for the whole batch.
  public func evaluatingInParts(_ images: Tensor, _ pass: (Tensor) -> Tensor) -> Tensor {
    guard treatsImagesAlone else { return pass(images) }
    return images.device.mapImages(images, weightByteCount: calledWeightByteCount, pass)
  }

  /// What the weights of all layers that a call runs take.
  ///
  /// Narrowed parameters come into being when they are asked for: here, so that threads only read.
  private var calledWeightByteCount: Int {
    let layer = self as? any WeightedLayer
    let own = [layer?.weight, layer?.bias].reduce(0) { $0 + ($1?.shape.count ?? 0) }
    return calledChildren.reduce(own * MemoryLayout<Float>.stride) {
      $0 + $1.calledWeightByteCount
    }
  }

  /// Whether, as things stand, what the module makes of an image does not depend on the others of
  /// its batch, and nothing is changed on the way: everything is in evaluation mode, normalisation
  /// uses its running statistics, and nobody watches.
  public var treatsImagesAlone: Bool {
    namedModules().allSatisfy { _, module in
      !module.isTraining && !module.isWatched
        && (module as? BatchNorm2d)?.usesBatchStatistics != true
    }
  }
}
