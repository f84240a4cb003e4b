internal import Kernels

/// The elements of an activation `[N, C, H, W]` before they are computed.
protocol PendingElements: AnyObject {
  /// Computes all of them.
  func compute(into target: Target)

  /// Computes those of some images.
  func compute(images: Range<Int>, into target: Target)
}

extension Tensor {
  /// The pending elements, as long as nobody needed them as a whole.
  var pending: (any PendingElements)? { storage.pending }

  /// An activation whose elements are computed when somebody needs them.
  static func pending(
    _ elements: any PendingElements, shape: Shape, on device: any Device
  ) -> Tensor {
    Tensor(
      storage: Storage(
        elements, byteCount: shape.count * DType.float32.byteCount, device: device),
      shape: shape, layout: .channelsLast)
  }
}

/// Images of an activation, one part after the other, each computed just before it is used.
struct PartReader {
  private let tensor: Tensor
  private let pending: (any PendingElements)?
  private let scratch: Tensor?
  private let perImage: Int

  /// - Parameter partSize: the most images that are asked for at once.
  init(_ tensor: Tensor, partSize: Int) {
    self.tensor = tensor
    pending = tensor.pending
    perImage = tensor.shape.dimensions.dropFirst().reduce(1, *)
    scratch =
      pending == nil
      ? nil
      : .uninitialized(
        tensor.shape.replacing(axis: 0, with: partSize), layout: .channelsLast, on: tensor.device)
  }

  /// The elements of `images`, valid until the next call and while the reader lives.
  func part(_ images: Range<Int>) -> Source {
    guard let pending, let scratch else { return tensor.source + images.lowerBound * perImage }
    pending.compute(images: images, into: scratch.target)
    return scratch.source
  }
}
