internal import Kernels

/// The elements of an activation `[N, C, H, W]` before they are computed.
protocol PendingElements: AnyObject {
  /// The device's own kernels.
  var kernels: any KernelSet { get }

  var imageCount: Int { get }

  /// Computes the elements of some images, with these kernels.
  func compute(images: Range<Int>, into target: Target, with kernels: any KernelSet)
}

extension PendingElements {
  /// Computes all of them.
  func compute(into target: Target) {
    compute(images: 0..<imageCount, into: target, with: kernels)
  }
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

/// Reads an activation part by part; what is pending is computed just before it is used.
struct PartReader {
  private let elements: Source?
  private let pending: (any PendingElements)?
  private let scratch: Tensor?
  private let perImage: Int

  /// - Parameter partSize: the most images that are asked for at once.
  init(_ tensor: Tensor, partSize: Int) {
    pending = tensor.pending
    perImage = tensor.shape.dimensions.dropFirst().reduce(1, *)
    guard pending != nil else {
      elements = tensor.source
      scratch = nil
      return
    }
    elements = nil
    scratch = .uninitialized(
      tensor.shape.replacing(axis: 0, with: partSize), layout: .channelsLast, on: tensor.device)
  }

  /// Where ``part(_:with:)`` puts what it computes; `nil` when the elements are there already.
  var target: Target? { scratch?.target }

  /// The elements of `images`, valid until the next call and while the tensor and the reader live.
  func part(_ images: Range<Int>, with kernels: any KernelSet) -> Source {
    if let elements { return elements + images.lowerBound * perImage }
    guard let pending, let scratch else { preconditionFailure("a part of nothing") }
    pending.compute(images: images, into: scratch.target, with: kernels)
    return scratch.source
  }
}
