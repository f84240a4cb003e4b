// The door between tensors and computations on the host: assignments of boxes, suppression, metrics.

extension Tensor {
  /// A tensor of elements that were computed on the host.
  ///
  /// - Parameter hostFloats: in row-major order of `shape`.
  public init(hostFloats: [Float], shape: Shape, on device: any Device) {
    self.init(hostFloats, shape: shape, on: device)
  }

  /// Calls `body` with the elements in row-major order of the spoken shape, whatever the layout.
  ///
  /// No copy is made of elements that lie in memory like that.
  public func withHostFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let ordered = shape.rank == 4 ? arranged(.rowMajor) : detached
    // The storage must outlive the call.
    defer { withExtendedLifetime(ordered) {} }
    return try body(UnsafeBufferPointer(ordered.floats))
  }
}
