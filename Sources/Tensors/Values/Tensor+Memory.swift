internal import Kernels

/// Addresses for kernels. A tensor must be bound to a name while its address is in use.
extension Tensor {
  var source: Source { UnsafePointer(target) }

  var target: Target {
    precondition(dtype == .float32, "expected float32 elements, the tensor holds \(dtype)")
    return storage.pointer.assumingMemoryBound(to: Float.self)
  }

  var kernels: any KernelSet { storage.device.kernels }

  /// Uninitialised elements for a value like this one.
  func makeAlike() -> Tensor {
    .uninitialized(shape, layout: layout, on: device)
  }

  func makeAlike(_ shape: Shape) -> Tensor {
    .uninitialized(shape, layout: shape.rank == 4 ? layout : .rowMajor, on: device)
  }

  /// An independent tensor with the same elements.
  func copied() -> Tensor {
    let copy = makeAlike()
    let count = shape.count
    kernels.copy(
      Blocks(length: count, count: 1, sourceStride: count, targetStride: count), source,
      to: copy.target)
    return copy
  }
}

extension Parameter {
  var weightOperand: WeightOperand {
    WeightOperand(values: value.source, version: version, packed: packedCopies)
  }
}
