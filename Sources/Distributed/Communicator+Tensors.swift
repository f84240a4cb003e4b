public import Tensors

extension Communicator {
  /// Replaces the elements of a float32 tensor (a gradient, a buffer) by their sums over all ranks.
  public func sum(_ tensor: Tensor) throws(CommunicationError) {
    checkExchange(tensor)
    try sum(tensor.floats)
  }

  /// Replaces the elements of a tensor of any type by those that the rank `root` has.
  ///
  /// Whoever passes the value of a parameter calls ``Parameter/markChanged()`` behind it.
  public func broadcast(_ tensor: Tensor, from root: Int) throws(CommunicationError) {
    checkExchange(tensor)
    try broadcast(
      UnsafeMutableRawBufferPointer(
        start: tensor.storage.pointer, count: tensor.shape.count * tensor.dtype.byteCount),
      from: root)
  }

  /// Activations are a rank's own, and operations know things of them that would no longer hold.
  private func checkExchange(_ tensor: Tensor) {
    precondition(
      tensor.layout == .rowMajor, "ranks do not exchange activations, found one of \(tensor.shape)")
  }
}
