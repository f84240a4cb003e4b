extension Tensor {
  /// Blocks of this size lie on huge pages; what is larger gets one of its own.
  private static let blockBytes = 1 << 25
  private static let largeBytes = 1 << 21

  /// Uninitialised row-major tensors, as the weights of a network.
  ///
  /// The small ones lie side by side in blocks of some megabytes: the system hands out the memory
  /// of a block in a few large pages, where it would take hundreds of thousands of small ones for
  /// the tensors singly. A block lives as long as one of its tensors.
  public static func uninitialized(
    group: [(shape: Shape, dtype: DType)], on device: any Device
  ) -> [Tensor] {
    let sizes = group.map { $0.shape.count * $0.dtype.byteCount }
    func padded(_ size: Int) -> Int { (size + 63) & ~63 }
    var result: [Tensor] = []
    result.reserveCapacity(group.count)
    var block: Storage?
    var used = 0
    for (index, size) in sizes.enumerated() {
      let (shape, dtype) = group[index]
      guard size < largeBytes else {
        result.append(.uninitialized(shape, dtype: dtype, on: device))
        continue
      }
      if block.map({ used + size > $0.byteCount }) ?? true {
        // As much as the rest needs, up to a whole block.
        var wanted = 0
        for next in sizes[index...] where next < largeBytes {
          guard wanted + padded(next) <= blockBytes else { break }
          wanted += padded(next)
        }
        block = device.allocate(byteCount: wanted)
        used = 0
      }
      guard let block else { continue }
      result.append(
        Tensor(
          storage: Storage(partOf: block, offset: used, byteCount: size), shape: shape,
          dtype: dtype, layout: .rowMajor))
      used += padded(size)
    }
    return result
  }
}
