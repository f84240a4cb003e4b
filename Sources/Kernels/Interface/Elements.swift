/// Elements of an activation, in the precision that they are kept in.
public struct KeptElements<Address: Strideable> where Address.Stride == Int {
  public let address: Address
  public let precision: Precision

  public init(_ address: Address, _ precision: Precision) {
    self.address = address
    self.precision = precision
  }

  /// Those behind the first `count`.
  public static func + (elements: Self, count: Int) -> Self {
    let byteCount = count * elements.precision.byteCount
    return Self(elements.address.advanced(by: byteCount), elements.precision)
  }
}

/// Elements that a kernel reads.
public typealias Elements = KeptElements<UnsafeRawPointer>
/// Elements that a kernel writes.
public typealias MutableElements = KeptElements<UnsafeMutableRawPointer>

extension Elements {
  public init(_ source: Source) {
    self.init(UnsafeRawPointer(source), .float32)
  }

  public init(_ elements: MutableElements) {
    self.init(UnsafeRawPointer(elements.address), elements.precision)
  }

  /// The address of float32 elements; `nil` for others.
  public var floats: Source? {
    precision == .float32 ? address.assumingMemoryBound(to: Float.self) : nil
  }

  /// The address, for kernels that know nothing but float32.
  var neededFloats: Source {
    guard let floats else { preconditionFailure("a kernel of float32 has to read \(precision)") }
    return floats
  }
}

extension MutableElements {
  public init(_ target: Target) {
    self.init(UnsafeMutableRawPointer(target), .float32)
  }

  /// The address of float32 elements; `nil` for others.
  var floats: Target? {
    precision == .float32 ? address.assumingMemoryBound(to: Float.self) : nil
  }

  /// The address, for kernels that know nothing but float32.
  var neededFloats: Target {
    guard let floats else { preconditionFailure("a kernel of float32 has to write \(precision)") }
    return floats
  }
}
