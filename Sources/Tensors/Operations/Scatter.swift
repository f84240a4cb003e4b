internal import Kernels

// The other way of a gather: elements put to given positions of an axis.

extension Tensor {
  /// Zeros with position `i` of this tensor added to position `indices[i]` of `axis`, as
  /// `torch.index_add` to zeros; several may go to one.
  ///
  /// - Parameter extent: of the result along `axis`.
  public func spread(to indices: [Int], extent: Int, axis: Int) -> Tensor {
    let axis = resolved(axis: axis)
    precondition(
      indices.count == shape[axis],
      "\(indices.count) indices for axis \(axis) of shape \(shape)")
    let view = view(ofAxis: axis)
    let picked = PickedAxis(
      outer: view.outer, extent: extent, count: view.extent, inner: view.inner)
    let index = Tensor.positions(indices, below: extent, on: device)
    let output = makeAlike(shape.replacing(axis: axis, with: extent))
    kernels.takeBackward(
      picked, gradient: source, index: index.wholeNumbers, into: output.target)
    return recorded(.scatter(axis: axis), inputs: [self], value: output) {
      [node = trace?.node, shape, layout] gradient, tape in
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.take(picked, gradient.source, index: index.wholeNumbers, into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  /// Zeros with each element added at a position of its own along `axis`, as `torch.scatter_add` to
  /// zeros; several may go to one.
  ///
  /// - Parameters:
  ///   - indices: row-major, of the shape of this tensor.
  ///   - extent: of the result along `axis`.
  public func scattered(_ indices: [Int], extent: Int, axis: Int) -> Tensor {
    let axis = resolved(axis: axis)
    precondition(
      indices.count == shape.count, "\(indices.count) indices for elements of shape \(shape)")
    let view = view(ofAxis: axis)
    let picked = PickedAxis(
      outer: view.outer, extent: extent, count: view.extent, inner: view.inner)
    let index = Tensor.positions(inStorageOrder(indices), below: extent, on: device)
    let output = makeAlike(shape.replacing(axis: axis, with: extent))
    kernels.gatherBackward(
      picked, gradient: source, index: index.wholeNumbers, into: output.target)
    return recorded(.scatter(axis: axis), inputs: [self], value: output) {
      [node = trace?.node, shape, layout] gradient, tape in
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.gather(picked, gradient.source, index: index.wholeNumbers, into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  /// The tensor with the positions `indices` of `axis` taken from `values`, as
  /// `torch.index_copy`; the positions must differ.
  public func replacing(_ indices: [Int], axis: Int, with values: Tensor) -> Tensor {
    let axis = resolved(axis: axis)
    precondition(
      Set(indices).count == indices.count, "positions to be replaced that are not distinct")
    var mask = [Float](repeating: 0, count: shape[axis])
    for index in indices { mask[index] = 1 }
    var extents = [Int](repeating: 1, count: shape.rank)
    extents[axis] = shape[axis]
    let isReplaced = Tensor(mask, shape: Shape(extents), on: device)
    return select(isReplaced, values.spread(to: indices, extent: shape[axis], axis: axis), self)
  }
}

// MARK: - By masks

extension Tensor {
  /// The places of the elements that are not 0, row-major, in ascending order.
  public func nonzeroPlaces() -> [Int] {
    withHostFloats { elements in elements.indices.filter { elements[$0] != 0 } }
  }

  /// The elements where `mask`, of the same shape, is not 0, in row-major order, as
  /// `torch.masked_select`.
  public func elements(where mask: Tensor) -> Tensor {
    precondition(mask.shape == shape, "a mask of shape \(mask.shape) for \(shape)")
    return reshaped([shape.count]).taking(mask.nonzeroPlaces(), axis: 0)
  }
}
