internal import Kernels

/// Elements kept as bfloat16, in half the memory, until somebody wants them in float32.
///
/// What lies between a convolution and the normalisation behind it is read by kernels that know
/// both; so are its gradient and what a convolution before another one gives at inference.
final class CompactElements: PendingElements {
  private let storage: Storage
  private let shape: Shape

  /// Uninitialised, for kernels to fill.
  init(_ shape: Shape, on device: any Device) {
    self.shape = shape
    storage = device.allocate(byteCount: shape.count * Precision.bfloat16.byteCount)
  }

  var elements: MutableElements { MutableElements(storage.pointer, .bfloat16) }

  var kernels: any KernelSet { storage.device.kernels }

  var pixelCount: Int { shape[0] * shape[2] * shape[3] }

  func compute(pixels: Range<Int>, into target: MutableElements, with kernels: any KernelSet) {
    kernels.convert(
      Elements(elements) + pixels.lowerBound * shape[1], to: target,
      count: pixels.count * shape[1])
  }
}

extension Tensor {
  /// An activation `[N, C, H, W]` for kernels to fill, kept in `precision`.
  static func activation(
    _ shape: Shape, _ precision: Precision, on device: any Device
  ) -> Tensor {
    precision == .float32
      ? .uninitialized(shape, layout: .channelsLast, on: device)
      : .pending(CompactElements(shape, on: device), shape: shape, on: device)
  }

  /// In which precision the elements are kept, as far as they are there.
  var precision: Precision { pending is CompactElements ? .bfloat16 : .float32 }

  /// Whether the elements are there, in whichever precision.
  var isKept: Bool { pending == nil || pending is CompactElements }

  /// The elements in the precision they are kept in.
  var elements: Elements { Elements(mutableElements) }

  var mutableElements: MutableElements {
    (pending as? CompactElements)?.elements ?? MutableElements(target)
  }

  /// The same activation kept in `precision`.
  func kept(in precision: Precision) -> Tensor {
    guard precision == .bfloat16, self.precision == .float32 else { return self }
    let result = Tensor.activation(shape, precision, on: device)
    kernels.convert(elements, to: result.mutableElements, count: shape.count)
    return result
  }
}
