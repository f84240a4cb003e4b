/// A rectangle of pixels.
struct Region: Sendable, Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  /// The pixels from `(left, top)` to `(right, bottom)`, both included, as far as they lie in a
  /// picture of the given size; mmcv's `imcrop`.
  init(left: Int, top: Int, right: Int, bottom: Int, in image: Image) {
    func clip(_ value: Int, _ limit: Int) -> Int { max(0, min(value, limit - 1)) }
    x = clip(left, image.width)
    y = clip(top, image.height)
    width = max(0, clip(right, image.width) - x + 1)
    height = max(0, clip(bottom, image.height) - y + 1)
  }

  init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
