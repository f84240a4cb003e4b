public import Tensors

/// The pixels of several images of one size, stored N·H·W·C.
public struct PixelBatch: Sendable {
  public let values: [Float]
  /// `[N, C, H, W]`
  public let shape: Shape

  public init(values: [Float], shape: Shape) {
    precondition(
      shape.rank == 4 && values.count == shape.count,
      "\(values.count) values cannot fill shape \(shape)")
    self.values = values
    self.shape = shape
  }

  /// The number of images.
  public var count: Int { shape[0] }

  /// The images as an activation `[N, C, H, W]`, stored channels last.
  public func tensor(on device: any Device) -> Tensor {
    Tensor(channelsLast: values, shape: shape, on: device)
  }
}
