public import Tensors

extension StoredTensor {
  /// The value on a device, row-major, converted to `dtype` if one is given.
  ///
  /// - Throws: when the bytes do not fit their checksum.
  public func tensor(
    on device: any Device, dtype: DType? = nil
  ) throws(CheckpointError) -> Tensor {
    let result = Tensor.uninitialized(shape, dtype: dtype ?? self.dtype, on: device)
    try naming(storage.path) { () throws(CheckpointError.Problem) in
      try copy(to: result.storage.pointer, as: result.dtype)
    }
    return result
  }

  /// The elements as floats, in row-major order.
  public func floats() throws(CheckpointError) -> [Float] {
    try elements(as: .float32) { [Float]($0.assumingMemoryBound(to: Float.self)) }
  }

  /// The elements as doubles, in row-major order.
  public func doubles() throws(CheckpointError) -> [Double] {
    try elements(as: .float64) { [Double]($0.assumingMemoryBound(to: Double.self)) }
  }

  /// The elements as whole numbers, in row-major order.
  public func integers() throws(CheckpointError) -> [Int] {
    try elements(as: .int64) { $0.assumingMemoryBound(to: Int64.self).map { Int($0) } }
  }

  private func elements<T>(
    as dtype: DType, _ read: (UnsafeRawBufferPointer) -> [T]
  ) throws(CheckpointError) -> [T] {
    let block = try naming(storage.path) { () throws(CheckpointError.Problem) in
      try compacted(as: dtype)
    }
    return withExtendedLifetime(block) { read(block.bytes) }
  }

  private func compacted(as dtype: DType) throws(CheckpointError.Problem) -> ByteBlock {
    try refuseRunawayView()
    return try ByteBlock(count: shape.count * dtype.byteCount) {
      memory throws(CheckpointError.Problem) in
      guard let start = memory.baseAddress else { return }
      try copy(to: start, as: dtype)
    }
  }

  /// The elements without gaps in row-major order.
  func compacted() throws(CheckpointError.Problem) -> ByteBlock {
    try compacted(as: dtype)
  }

  /// A few stored bytes may claim to be a huge tensor by strides of zero.
  private func refuseRunawayView() throws(CheckpointError.Problem) {
    guard byteCount <= max(storage.byteCount, 1 << 28) else {
      throw .excessive("\(self) repeats \(storage.byteCount) stored bytes")
    }
  }

  /// Writes the elements to `target`, which has room for them, in row-major order.
  func copy(
    to target: UnsafeMutableRawPointer, as targetType: DType
  ) throws(CheckpointError.Problem) {
    if targetType == dtype {
      if isContiguous && coversStorage {
        try storage.copy(to: target)
        return
      }
      try storage.withBytes { source in
        if isContiguous {
          let start = offset * dtype.byteCount
          let elements = UnsafeRawBufferPointer(rebasing: source[start..<start + byteCount])
          UnsafeMutableRawBufferPointer(start: target, count: byteCount)
            .copyMemory(from: elements)
        } else {
          switch dtype.byteCount {
          case 8: gather(source, to: target, UInt64.self)
          case 4: gather(source, to: target, UInt32.self)
          case 2: gather(source, to: target, UInt16.self)
          default: gather(source, to: target, UInt8.self)
          }
        }
      }
      return
    }
    try storage.withBytes { source in
      switch dtype {
      case .float64: convert(source, Double.self, to: target, targetType) { $0 }
      case .float32: convert(source, Float.self, to: target, targetType) { Double($0) }
      case .float16: convert(source, Float16.self, to: target, targetType) { Double($0) }
      case .bfloat16:
        convert(source, UInt16.self, to: target, targetType) {
          Double(Float(bitPattern: UInt32($0) << 16))
        }
      case .int64: convert(source, Int64.self, to: target, targetType) { Double($0) }
      case .int32: convert(source, Int32.self, to: target, targetType) { Double($0) }
      case .int16: convert(source, Int16.self, to: target, targetType) { Double($0) }
      case .int8: convert(source, Int8.self, to: target, targetType) { Double($0) }
      case .uint8: convert(source, UInt8.self, to: target, targetType) { Double($0) }
      case .bool: convert(source, UInt8.self, to: target, targetType) { $0 == 0 ? 0 : 1 }
      }
    }
  }

  private func gather<T: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer, _: T.Type
  ) {
    let size = MemoryLayout<T>.size
    forEachOffset { index, offset in
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: offset * size, as: T.self),
        toByteOffset: index * size, as: T.self)
    }
  }

  private func convert<T: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _: T.Type, to target: UnsafeMutableRawPointer,
    _ targetType: DType, _ widen: (T) -> Double
  ) {
    func store<U: BitwiseCopyable>(_ narrow: (Double) -> U) {
      forEachOffset { index, offset in
        let element = source.loadUnaligned(
          fromByteOffset: offset * MemoryLayout<T>.size, as: T.self)
        target.storeBytes(
          of: narrow(widen(element)), toByteOffset: index * MemoryLayout<U>.size, as: U.self)
      }
    }
    switch targetType {
    case .float64: store { $0 }
    case .float32: store { Float($0) }
    case .float16: store { Float16($0) }
    case .bfloat16: store { roundedToBFloat16(Float($0)) }
    case .int64: store { clamped($0, Int64.self) }
    case .int32: store { clamped($0, Int32.self) }
    case .int16: store { clamped($0, Int16.self) }
    case .int8: store { clamped($0, Int8.self) }
    case .uint8: store { clamped($0, UInt8.self) }
    case .bool: store { $0 == 0 ? UInt8(0) : 1 }
    }
  }

  /// Calls `body` with each element's row-major index and place in the storage, in elements.
  private func forEachOffset(_ body: (_ index: Int, _ offset: Int) -> Void) {
    guard shape.count > 0 else { return }
    let rank = shape.rank
    guard rank > 0 else { return body(0, offset) }
    // The stride of an extent of 1 means nothing and may be any number.
    let steps = (0..<rank).map { shape[$0] == 1 ? 0 : strides[$0] }
    let (inner, innerStride) = (shape[rank - 1], steps[rank - 1])
    var position = [Int](repeating: 0, count: rank)
    var base = offset
    var index = 0
    while true {
      for column in 0..<inner { body(index + column, base + column * innerStride) }
      index += inner
      var axis = rank - 2
      while axis >= 0 {
        position[axis] += 1
        base += steps[axis]
        if position[axis] < shape[axis] { break }
        base -= steps[axis] * shape[axis]
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

/// Rounds half to even, as PyTorch does.
private func roundedToBFloat16(_ value: Float) -> UInt16 {
  if value.isNaN { return 0x7FC0 }
  let bits = value.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

/// Truncates towards zero; what is out of range becomes the nearest bound, no number becomes 0.
private func clamped<T: FixedWidthInteger>(_ value: Double, _: T.Type) -> T {
  if value.isNaN { return 0 }
  if value <= Double(T.min) { return T.min }
  if value >= Double(T.max) { return T.max }
  return T(value)
}
