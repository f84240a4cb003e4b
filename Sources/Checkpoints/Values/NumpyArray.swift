/// A `numpy.ndarray` of numbers.
public struct NumpyArray {
  /// Kind and item size as numpy spells them: `f8`, `i4`, `u1`, `b1`, `c8`.
  public let descriptor: String
  public let shape: [Int]
  /// Whether the first axis is contiguous instead of the last.
  public let isFortranOrder: Bool
  /// The elements, little-endian, in the array's own order.
  public let bytes: [UInt8]

  /// The elements in the array's own order, as far as doubles can hold them; nil for element
  /// types other than booleans, whole numbers and floats.
  public var values: [Double]? {
    switch descriptor {
    case "f8": load(UInt64.self) { Double(bitPattern: $0) }
    case "f4": load(UInt32.self) { Double(Float(bitPattern: $0)) }
    case "f2": load(UInt16.self) { Double(Float16(bitPattern: $0)) }
    case "i8": load(Int64.self) { Double($0) }
    case "i4": load(Int32.self) { Double($0) }
    case "i2": load(Int16.self) { Double($0) }
    case "i1": load(Int8.self) { Double($0) }
    case "u8": load(UInt64.self) { Double($0) }
    case "u4": load(UInt32.self) { Double($0) }
    case "u2": load(UInt16.self) { Double($0) }
    case "u1", "b1": bytes.map(Double.init)
    default: nil
    }
  }

  /// Pairs of real and imaginary parts; nil for other element types.
  var complexValues: [(real: Double, imaginary: Double)]? {
    let parts: [Double]
    switch descriptor {
    case "c16": parts = load(UInt64.self) { Double(bitPattern: $0) }
    case "c8": parts = load(UInt32.self) { Double(Float(bitPattern: $0)) }
    default: return nil
    }
    return stride(from: 0, to: parts.count - 1, by: 2).map { (parts[$0], parts[$0 + 1]) }
  }

  /// The bytes of an element; nil for types that are no plain numbers.
  static func itemBytes(_ descriptor: String) -> Int? {
    switch descriptor {
    case "c16": 16
    case "f8", "i8", "u8", "c8": 8
    case "f4", "i4", "u4": 4
    case "f2", "i2", "u2": 2
    case "i1", "u1", "b1": 1
    default: nil
    }
  }

  private func load<T: FixedWidthInteger>(_: T.Type, _ convert: (T) -> Double) -> [Double] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<T>.size).map {
        convert(
          T(
            littleEndian: raw.loadUnaligned(
              fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)))
      }
    }
  }
}
