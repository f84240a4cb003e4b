internal import Kernels

/// An activation `[N, C, H, W]` of which the first channels and the others lie apart, until somebody
/// wants them side by side.
final class SplitChannels: DeferredElements {
  /// `[N, cut, H, W]`
  let first: Tensor
  /// `[N, C - cut, H, W]`
  let rest: Tensor

  init(_ first: Tensor, _ rest: Tensor) {
    self.first = first
    self.rest = rest
  }

  var cut: Int { first.shape[1] }

  func compute(into target: Target) {
    let (pixels, channels) = (first.shape[0] * first.shape[2] * first.shape[3], cut + rest.shape[1])
    for (part, start) in [(first, 0), (rest, cut)] {
      let length = part.shape[1]
      part.kernels.copy(
        Blocks(length: length, count: pixels, sourceStride: length, targetStride: channels),
        part.source, to: target + start)
    }
  }
}
