internal import Annotations

extension Region {
  /// The pixels from `(left, top)` to `(right, bottom)`, both included, as far as they lie in an
  /// image; mmcv's `imcrop`.
  init(left: Int, top: Int, right: Int, bottom: Int, in image: Image) {
    func clip(_ value: Int, _ limit: Int) -> Int { max(0, min(value, limit - 1)) }
    let (x, y) = (clip(left, image.width), clip(top, image.height))
    self.init(
      x: x, y: y, width: max(0, clip(right, image.width) - x + 1),
      height: max(0, clip(bottom, image.height) - y + 1))
  }
}
