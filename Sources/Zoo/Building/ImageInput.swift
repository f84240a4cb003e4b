public import Annotations
public import Tensors

/// The argument of a network: images, and the facts about each.
public struct ImageInput {
  /// `[N, C, H, W]`, on a tape if gradients are wanted.
  public let images: Tensor
  public let metas: [ImageMeta]

  public init(images: Tensor, metas: [ImageMeta]) {
    precondition(
      images.shape.rank == 4 && images.shape[0] == metas.count,
      "images of \(images.shape) with \(metas.count) metas")
    self.images = images
    self.metas = metas
  }

  /// The number of images.
  public var count: Int { metas.count }

  /// The same images, recorded from here on.
  public func watched(by tape: Tape) -> ImageInput {
    ImageInput(images: tape.watch(images), metas: metas)
  }
}
