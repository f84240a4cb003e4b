public import Tensors

/// A tensor as a file holds it: a strided view of a storage. Nothing is copied until it is asked
/// for on a device.
public struct StoredTensor {
  public let storage: StoredStorage
  public let dtype: DType
  public let shape: Shape
  /// In elements, as long as the shape.
  public let strides: [Int]
  /// The first element's place in the storage, in elements.
  public let offset: Int
  public let requiresGradient: Bool
  /// Whether the file calls it a `torch.nn.Parameter`.
  public let isParameter: Bool

  /// Checks that every element lies within the storage.
  init(
    storage: StoredStorage, dtype: DType, dimensions: [Int], strides: [Int], offset: Int,
    requiresGradient: Bool = false, isParameter: Bool = false
  ) throws(CheckpointError.Problem) {
    func refuse(_ detail: String) -> CheckpointError.Problem {
      .malformed(part: "a tensor of shape \(dimensions) in '\(storage.name)'", detail: detail)
    }
    guard dimensions.count <= 64, dimensions.count == strides.count else {
      throw refuse("\(strides.count) strides for \(dimensions.count) dimensions")
    }
    guard offset >= 0, dimensions.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      throw refuse("a negative extent, stride or offset")
    }
    var (count, overflow) = (1, false)
    var last = offset
    for (extent, stride) in zip(dimensions, strides) {
      let (product, productOverflow) = count.multipliedReportingOverflow(by: extent)
      let (reach, reachOverflow) = max(extent - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(reach)
      (count, last) = (product, sum)
      overflow = overflow || productOverflow || reachOverflow || sumOverflow
    }
    let (total, totalOverflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    guard !overflow, !totalOverflow, total >= 0 else { throw refuse("more elements than memory") }
    guard count == 0 || last < storage.byteCount / dtype.byteCount else {
      throw refuse("reaches element \(last) of \(storage.byteCount / dtype.byteCount)")
    }
    self.storage = storage
    self.dtype = dtype
    self.shape = Shape(dimensions)
    self.strides = strides
    self.offset = offset
    self.requiresGradient = requiresGradient
    self.isParameter = isParameter
  }

  private init(
    storage: StoredStorage, dtype: DType, shape: Shape, strides: [Int], offset: Int,
    requiresGradient: Bool, isParameter: Bool
  ) {
    self.storage = storage
    self.dtype = dtype
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.requiresGradient = requiresGradient
    self.isParameter = isParameter
  }

  /// A tensor to be written. Shares the tensor's memory, which must not change until the file is
  /// written.
  public init(_ tensor: Tensor, requiresGradient: Bool = false) {
    let byteCount = tensor.shape.count * tensor.dtype.byteCount
    let memory = UnsafeRawBufferPointer(start: tensor.storage.pointer, count: byteCount)
    let block = ByteBlock(memory, ownedBy: tensor.storage)
    self.init(
      storage: StoredStorage(memory: block),
      dtype: tensor.dtype, shape: tensor.shape,
      strides: Self.strides(of: tensor.shape, tensor.layout), offset: 0,
      requiresGradient: requiresGradient, isParameter: false)
  }

  /// A tensor of given numbers, row-major.
  public init(floats values: [Float], shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values cannot fill shape \(shape)")
    self.init(dtype: .float32, shape: shape, bytes: values.withUnsafeBytes(Array.init))
  }

  /// A tensor of given whole numbers, row-major.
  public init(integers values: [Int], shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values cannot fill shape \(shape)")
    self.init(
      dtype: .int64, shape: shape,
      bytes: values.map { Int64($0).littleEndian }.withUnsafeBytes(Array.init))
  }

  /// A tensor of given elements, row-major and little-endian.
  public init(dtype: DType, shape: Shape, bytes: [UInt8]) {
    precondition(
      bytes.count == shape.count * dtype.byteCount,
      "\(bytes.count) bytes cannot fill \(shape) \(dtype)")
    let block = ByteBlock(copying: bytes)
    self.init(
      storage: StoredStorage(memory: block), dtype: dtype,
      shape: shape, strides: Self.strides(of: shape, .rowMajor), offset: 0,
      requiresGradient: false, isParameter: false)
  }

  func asParameter(requiresGradient: Bool) -> StoredTensor {
    StoredTensor(
      storage: storage, dtype: dtype, shape: shape, strides: strides, offset: offset,
      requiresGradient: requiresGradient, isParameter: true)
  }

  /// The same elements with extents of 1 put in or left out.
  func reshapedKeepingElements(_ shape: Shape) -> StoredTensor {
    precondition(
      shape.count == 1 && self.shape.count == 1,
      "\(self.shape) is no scalar to be seen as \(shape)")
    return StoredTensor(
      storage: storage, dtype: dtype, shape: shape,
      strides: Self.strides(of: shape, .rowMajor), offset: offset,
      requiresGradient: requiresGradient, isParameter: isParameter)
  }

  /// The number of bytes its elements need.
  public var byteCount: Int { shape.count * dtype.byteCount }

  /// Whether the elements lie one after another in row-major order.
  public var isContiguous: Bool {
    guard shape.count > 0 else { return true }
    var expected = 1
    for axis in (0..<shape.rank).reversed() where shape[axis] != 1 {
      if strides[axis] != expected { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// Whether it is a dense arrangement of all elements of its storage.
  var coversStorage: Bool {
    guard offset == 0, byteCount == storage.byteCount else { return false }
    guard shape.count > 0 else { return true }
    var expected = 1
    let axes = (0..<shape.rank).filter { shape[$0] != 1 }.sorted { strides[$0] < strides[$1] }
    for axis in axes {
      guard strides[axis] == expected else { return false }
      expected *= shape[axis]
    }
    return true
  }

  static func strides(of shape: Shape, _ layout: Layout) -> [Int] {
    let order =
      switch layout {
      case .rowMajor: Array((0..<shape.rank).reversed())
      case .channelsLast: [1, 3, 2, 0]
      }
    var strides = [Int](repeating: 1, count: shape.rank)
    var step = 1
    for axis in order {
      strides[axis] = step
      step *= max(shape[axis], 1)
    }
    return strides
  }
}

extension StoredTensor: CustomStringConvertible {
  public var description: String { "tensor(\(dtype), shape=\(shape))" }
}
