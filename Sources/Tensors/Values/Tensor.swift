internal import Kernels

/// An immutable value of numbers with a shape, and optionally a place on a ``Tape``.
///
/// Tensors with a place on a tape record what is computed from them; tensors without one compute
/// and forget, so inference needs no switch.
public struct Tensor {
  public let storage: Storage
  public let shape: Shape
  public let dtype: DType
  public let layout: Layout
  /// The place on a tape, when this value is being recorded.
  public let trace: Trace?

  public init(
    storage: Storage, shape: Shape, dtype: DType = .float32, layout: Layout = .rowMajor,
    trace: Trace? = nil
  ) {
    precondition(
      storage.byteCount >= shape.count * dtype.byteCount,
      "storage of \(storage.byteCount) bytes is too small for \(shape) \(dtype)")
    precondition(
      layout == .rowMajor || shape.rank == 4, "channels-last needs rank 4, shape is \(shape)")
    self.storage = storage
    self.shape = shape
    self.dtype = dtype
    self.layout = layout
    self.trace = trace
  }

  public var device: any Device { storage.device }

  /// The same value off the tape.
  public var detached: Tensor {
    Tensor(storage: storage, shape: shape, dtype: dtype, layout: layout)
  }

  /// Whether gradients flow back through this value.
  public var needsGradient: Bool { trace?.needsGradient ?? false }
}

// MARK: - Creation

extension Tensor {
  /// Uninitialised memory, for kernels to fill.
  public static func uninitialized(
    _ shape: Shape, dtype: DType = .float32, layout: Layout = .rowMajor, on device: any Device
  ) -> Tensor {
    Tensor(
      storage: device.allocate(byteCount: shape.count * dtype.byteCount), shape: shape,
      dtype: dtype, layout: layout)
  }

  /// - Parameter values: the elements in row-major order of `shape`.
  public init(_ values: [Float], shape: Shape, on device: any Device) {
    precondition(
      values.count == shape.count, "\(values.count) values cannot fill shape \(shape)")
    self = .uninitialized(shape, on: device)
    _ = floats.update(fromContentsOf: values)
  }

  /// An activation `[N, C, H, W]` from elements in storage order N·H·W·C.
  public init(channelsLast values: [Float], shape: Shape, on device: any Device) {
    precondition(
      values.count == shape.count, "\(values.count) values cannot fill shape \(shape)")
    self = .uninitialized(shape, layout: .channelsLast, on: device)
    let count = values.count
    values.withUnsafeBufferPointer { source in
      guard let source = source.baseAddress else { return }
      kernels.copy(
        Blocks(length: count, count: 1, sourceStride: count, targetStride: count), source,
        to: target)
    }
  }

  public static func filled(
    _ value: Float, shape: Shape, layout: Layout = .rowMajor, on device: any Device
  ) -> Tensor {
    let tensor = uninitialized(shape, layout: layout, on: device)
    device.kernels.fill(tensor.target, with: value, count: shape.count)
    return tensor
  }

  public static func zeros(
    _ shape: Shape, layout: Layout = .rowMajor, on device: any Device
  ) -> Tensor {
    filled(0, shape: shape, layout: layout, on: device)
  }
}

// MARK: - Reading

extension Tensor {
  /// The elements in storage order. The buffer is valid while the tensor's storage lives.
  public var floats: UnsafeMutableBufferPointer<Float> {
    precondition(dtype == .float32, "expected float32 elements, the tensor holds \(dtype)")
    return UnsafeMutableBufferPointer(
      start: storage.pointer.assumingMemoryBound(to: Float.self), count: shape.count)
  }

  /// The elements in row-major order of the spoken shape `[N, C, H, W]`, whatever the layout.
  public var values: [Float] {
    guard layout == .channelsLast else { return Array(floats) }
    let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
    var result = [Float](repeating: 0, count: shape.count)
    let source = floats
    for image in 0..<n {
      for pixel in 0..<(h * w) {
        for channel in 0..<c {
          result[(image * c + channel) * h * w + pixel] =
            source[(image * h * w + pixel) * c + channel]
        }
      }
    }
    return result
  }

  /// The value of a tensor of one element.
  public var scalar: Float {
    precondition(shape.count == 1, "a scalar was asked of shape \(shape)")
    return floats[0]
  }
}
