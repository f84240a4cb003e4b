internal import Kernels

// Equals stay in their order, and NaN counts as the largest number, as in PyTorch.

extension Tensor {
  /// The elements along `axis` in the order of their values.
  ///
  /// - Returns: the elements, whose gradients flow back to where they came from, and the places along
  ///   the axis that they had; row-major.
  public func sorted(axis: Int, descending: Bool = false) -> (values: Tensor, indices: [Int]) {
    ranked(axis: axis, count: shape[resolved(axis: axis)], descending: descending)
  }

  /// The `count` largest elements along `axis` from the largest on, or the least from the least on.
  ///
  /// Much faster than ``sorted(axis:descending:)`` where `count` is small.
  ///
  /// - Returns: the elements, whose gradients flow back to where they came from, and the places along
  ///   the axis that they had; row-major.
  public func topK(_ count: Int, axis: Int, largest: Bool = true) -> (
    values: Tensor, indices: [Int]
  ) {
    ranked(axis: axis, count: count, descending: largest)
  }

  private func ranked(axis: Int, count: Int, descending: Bool) -> (values: Tensor, indices: [Int]) {
    let axis = resolved(axis: axis)
    let view = view(ofAxis: axis)
    precondition(
      (0...view.extent).contains(count), "\(count) elements of axis \(axis) of shape \(shape)")
    let results = shape.replacing(axis: axis, with: count)
    let index = Tensor.uninitialized(results, dtype: .int64, layout: layout, on: device)
    let places = index.storage.pointer.assumingMemoryBound(to: Int.self)
    kernels.rank(
      PickedAxis(outer: view.outer, extent: view.extent, count: count, inner: view.inner), source,
      descending: descending, into: places)
    let indices = index.inSpokenOrder(
      [Int](UnsafeBufferPointer(start: places, count: results.count)))
    return withExtendedLifetime(index) {
      (gathered(indices, count: count, axis: axis), indices)
    }
  }
}
