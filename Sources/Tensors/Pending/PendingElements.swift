internal import Kernels

/// The elements of an activation `[N, C, H, W]` before they are computed.
protocol PendingElements: AnyObject {
  /// The device's own kernels.
  var kernels: any KernelSet { get }

  /// Of all images together.
  var pixelCount: Int { get }

  /// Computes the elements of some pixels, counted through all images, with these kernels.
  func compute(pixels: Range<Int>, into target: Target, with kernels: any KernelSet)
}

extension PendingElements {
  /// Computes all of them.
  func compute(into target: Target) {
    compute(pixels: 0..<pixelCount, into: target, with: kernels)
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

/// Reads an activation `[N, C, H, W]` part by part; what is pending is computed just before it is
/// used.
struct PartReader {
  private let elements: Source?
  private let pending: (any PendingElements)?
  private let scratch: Tensor?
  private let channels: Int

  /// - Parameter partSize: the most pixels that are asked for at once.
  init(_ tensor: Tensor, partSize: Int) {
    pending = tensor.pending
    channels = tensor.shape[1]
    guard pending != nil else {
      elements = tensor.source
      scratch = nil
      return
    }
    elements = nil
    scratch = .uninitialized([partSize, channels], on: tensor.device)
  }

  /// Where ``part(_:with:)`` puts what it computes; `nil` when the elements are there already.
  var target: Target? { scratch?.target }

  /// The elements of `pixels`, counted through all images; valid until the next call and while the
  /// tensor and the reader live.
  func part(_ pixels: Range<Int>, with kernels: any KernelSet) -> Source {
    if let elements { return elements + pixels.lowerBound * channels }
    guard let pending, let scratch else { preconditionFailure("a part of nothing") }
    pending.compute(pixels: pixels, into: scratch.target, with: kernels)
    return scratch.source
  }
}
