internal import Kernels

/// Elements before they are computed.
protocol DeferredElements: AnyObject {
  /// Computes all of them, in float32.
  func compute(into target: Target)

  /// All of them in bfloat16, where they are moved and no more, and lie so already.
  func compacted() -> CompactElements?
}

extension DeferredElements {
  func compacted() -> CompactElements? { nil }
}

/// The elements of an activation `[N, C, H, W]` before they are computed; parts of them can be.
protocol PendingElements: DeferredElements {
  /// The device's own kernels.
  var kernels: any KernelSet { get }

  /// Of all images together.
  var pixelCount: Int { get }

  /// Computes the elements of some pixels, counted through all images, with these kernels.
  func compute(pixels: Range<Int>, into target: MutableElements, with kernels: any KernelSet)
}

extension PendingElements {
  func compute(into target: Target) {
    compute(pixels: 0..<pixelCount, into: MutableElements(target), with: kernels)
  }
}

extension Tensor {
  /// The pending elements, as long as nobody needed them as a whole.
  var pending: (any PendingElements)? {
    storage.compact()
    return storage.pending as? any PendingElements
  }

  /// An activation whose elements are computed when somebody needs them.
  static func pending(
    _ elements: any DeferredElements, shape: Shape, on device: any Device
  ) -> Tensor {
    Tensor(
      storage: Storage(
        elements, byteCount: shape.count * DType.float32.byteCount, device: device),
      shape: shape, layout: .channelsLast)
  }
}

/// Reads an activation `[N, C, H, W]` part by part in one precision; what is pending, or kept in
/// another, is computed just before it is used.
struct PartReader {
  private let elements: Elements?
  private let pending: (any PendingElements)?
  private let scratch: Tensor?
  private let channels: Int

  /// - Parameters:
  ///   - partSize: the most pixels that are asked for at once.
  init(_ tensor: Tensor, as precision: Precision, partSize: Int) {
    channels = tensor.shape[1]
    elements = tensor.isKept ? tensor.elements : nil
    pending = tensor.isKept ? nil : tensor.pending
    scratch =
      elements?.precision == precision
      ? nil : .activation([1, channels, 1, partSize], precision, on: tensor.device)
  }

  /// Where ``part(_:with:)`` puts what it computes; `nil` when the elements are there already.
  var target: MutableElements? { scratch?.mutableElements }

  /// The elements of `pixels`, counted through all images; valid until the next call and while the
  /// tensor and the reader live.
  func part(_ pixels: Range<Int>, with kernels: any KernelSet) -> Elements {
    let part = elements.map { $0 + pixels.lowerBound * channels }
    guard let scratch else {
      guard let part else { preconditionFailure("a part of nothing") }
      return part
    }
    let target = scratch.mutableElements
    if let part {
      kernels.convert(part, to: target, count: pixels.count * channels)
    } else {
      pending?.compute(pixels: pixels, into: target, with: kernels)
    }
    return Elements(target)
  }
}
