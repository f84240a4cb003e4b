internal import Kernels

extension Tensor {
  /// The positions `indices` along `axis`, in that order; one may come up several times.
  public func taking(_ indices: [Int], axis: Int) -> Tensor {
    let axis = resolved(axis: axis)
    let view = view(ofAxis: axis)
    let picked = PickedAxis(
      outer: view.outer, extent: view.extent, count: indices.count, inner: view.inner)
    let index = Tensor.positions(indices, below: view.extent, on: device)
    let output = makeAlike(shape.replacing(axis: axis, with: indices.count))
    kernels.take(picked, source, index: index.wholeNumbers, into: output.target)
    return recorded(.gather(axis: axis), inputs: [self], value: output) {
      [node = trace?.node, shape, layout] gradient, tape in
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.takeBackward(
        picked, gradient: gradient.source, index: index.wholeNumbers, into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  /// Elements whose place along `axis` is an index of their own, as `torch.gather`.
  ///
  /// - Parameters:
  ///   - indices: row-major, of the shape of the result.
  ///   - count: the extent of the result along `axis`; the others are those of this tensor.
  public func gathered(_ indices: [Int], count: Int, axis: Int) -> Tensor {
    let axis = resolved(axis: axis)
    let view = view(ofAxis: axis)
    let output = makeAlike(shape.replacing(axis: axis, with: count))
    precondition(
      indices.count == output.shape.count,
      "\(indices.count) indices for a result of shape \(output.shape)")
    let picked = PickedAxis(
      outer: view.outer, extent: view.extent, count: count, inner: view.inner)
    let index = Tensor.positions(
      output.inStorageOrder(indices), below: view.extent, on: device)
    kernels.gather(picked, source, index: index.wholeNumbers, into: output.target)
    return recorded(.gather(axis: axis), inputs: [self], value: output) {
      [node = trace?.node, shape, layout] gradient, tape in
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.gatherBackward(
        picked, gradient: gradient.source, index: index.wholeNumbers, into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  /// Row-major elements of this shape in the order in which the tensor stores them.
  func inStorageOrder(_ elements: [Int]) -> [Int] {
    guard layout == .channelsLast else { return elements }
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    return [Int](unsafeUninitializedCapacity: elements.count) { stored, filled in
      for image in 0..<shape[0] {
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            stored[(image * pixels + pixel) * channels + channel] =
              elements[(image * channels + channel) * pixels + pixel]
          }
        }
      }
      filled = elements.count
    }
  }

  /// Elements in the order in which the tensor stores them, row-major of its shape.
  func inSpokenOrder(_ elements: [Int]) -> [Int] {
    guard layout == .channelsLast else { return elements }
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    return [Int](unsafeUninitializedCapacity: elements.count) { spoken, filled in
      for image in 0..<shape[0] {
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            spoken[(image * channels + channel) * pixels + pixel] =
              elements[(image * pixels + pixel) * channels + channel]
          }
        }
      }
      filled = elements.count
    }
  }

  /// Positions along an axis, for kernels that pick by them.
  static func positions(_ indices: [Int], below extent: Int, on device: any Device) -> Tensor {
    for index in indices {
      precondition((0..<extent).contains(index), "position \(index) on an axis of \(extent)")
    }
    return wholeNumbers(indices, on: device)
  }

  static func wholeNumbers(_ numbers: [Int], on device: any Device) -> Tensor {
    let result = uninitialized([numbers.count], dtype: .int64, on: device)
    let target = UnsafeMutableBufferPointer(
      start: result.storage.pointer.assumingMemoryBound(to: Int.self), count: numbers.count)
    _ = target.update(fromContentsOf: numbers)
    return result
  }

  /// The elements of a tensor of whole numbers.
  var wholeNumbers: UnsafePointer<Int> {
    UnsafePointer(storage.pointer.assumingMemoryBound(to: Int.self))
  }
}
