/// Elements of an activation that a kernel reads, in the precision that they are kept in.
public struct Elements {
  public let address: UnsafeRawPointer
  public let precision: Precision

  public init(_ source: Source) {
    address = UnsafeRawPointer(source)
    precision = .float32
  }

  public init(_ elements: MutableElements) {
    address = UnsafeRawPointer(elements.address)
    precision = elements.precision
  }

  fileprivate init(_ address: UnsafeRawPointer, _ precision: Precision) {
    self.address = address
    self.precision = precision
  }

  /// Those behind the first `count`.
  public static func + (elements: Elements, count: Int) -> Elements {
    Elements(elements.address + count * elements.precision.byteCount, elements.precision)
  }

  /// The address of float32 elements; `nil` for others.
  var floats: Source? {
    precision == .float32 ? address.assumingMemoryBound(to: Float.self) : nil
  }
}

/// Elements of an activation that a kernel writes, in the precision that they are kept in.
public struct MutableElements {
  public let address: UnsafeMutableRawPointer
  public let precision: Precision

  public init(_ target: Target) {
    self.init(UnsafeMutableRawPointer(target), .float32)
  }

  public init(_ address: UnsafeMutableRawPointer, _ precision: Precision) {
    self.address = address
    self.precision = precision
  }

  /// Those behind the first `count`.
  public static func + (elements: MutableElements, count: Int) -> MutableElements {
    MutableElements(elements.address + count * elements.precision.byteCount, elements.precision)
  }

  /// The address of float32 elements; `nil` for others.
  var floats: Target? {
    precision == .float32 ? address.assumingMemoryBound(to: Float.self) : nil
  }
}
