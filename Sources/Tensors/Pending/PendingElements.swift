internal import Kernels

/// The elements of an activation `[N, C, H, W]` before they are computed.
protocol PendingElements: AnyObject {
  /// The device's own kernels.
  var kernels: any KernelSet { get }

  var imageCount: Int { get }

  /// Computes the elements of some images, with these kernels.
  func compute(images: Range<Int>, into target: MutableElements, with kernels: any KernelSet)
}

extension PendingElements {
  /// Computes all of them.
  func compute(into target: MutableElements) {
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

/// Reads an activation part by part in one precision; what is pending, or kept in another, is
/// computed just before it is used.
struct PartReader {
  private let elements: Elements?
  private let pending: (any PendingElements)?
  private let scratch: Tensor?
  private let perImage: Int

  /// - Parameters:
  ///   - partSize: the most images that are asked for at once.
  init(_ tensor: Tensor, as precision: Precision, partSize: Int) {
    perImage = tensor.shape.dimensions.dropFirst().reduce(1, *)
    let isKept = tensor.pending == nil || tensor.pending is CompactElements
    elements = isKept ? tensor.elements : nil
    pending = isKept ? nil : tensor.pending
    scratch =
      elements?.precision == precision
      ? nil
      : .activation(
        tensor.shape.replacing(axis: 0, with: partSize), precision, on: tensor.device)
  }

  /// Where ``part(_:with:)`` puts what it computes; `nil` when the elements are there already.
  var target: MutableElements? { scratch?.mutableElements }

  /// The elements of `images`, valid until the next call and while the tensor and the reader live.
  func part(_ images: Range<Int>, with kernels: any KernelSet) -> Elements {
    let part = elements.map { $0 + images.lowerBound * perImage }
    guard let scratch else {
      guard let part else { preconditionFailure("a part of nothing") }
      return part
    }
    let target = scratch.mutableElements
    if let part {
      kernels.convert(part, to: target, count: images.count * perImage)
    } else {
      pending?.compute(images: images, into: target, with: kernels)
    }
    return Elements(target)
  }
}
