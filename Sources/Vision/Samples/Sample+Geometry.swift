internal import Annotations

extension Sample {
  /// Mirrors what is known of places in the image.
  mutating func flipAnnotation(_ direction: FlipDirection) {
    guard annotation.hasGeometry, let extent = unnormalizedImage?.extent else { return }
    annotation.flip(direction, in: extent)
  }

  /// Scales what is known of places in the image, and notes the scale.
  mutating func noteResize(from old: Extent, to new: Extent) {
    let factor = ScaleFactor(from: [old.height, old.width], to: [new.height, new.width])
    meta.scaleFactor = meta.scaleFactor?.followed(by: factor) ?? factor
    if annotation.hasGeometry { annotation.resize(from: old, to: new) }
  }
}
