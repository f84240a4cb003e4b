/// A key of an object, where it stands in the text.
public struct JSONKey {
  let bytes: UnsafeBufferPointer<UInt8>
  let hasEscapes: Bool

  /// The key by itself; `nil` where it is no UTF-8.
  public var string: String? {
    hasEscapes ? unescaped(bytes) : String(validating: bytes, as: UTF8.self)
  }

  public static func ~= (pattern: StaticString, key: JSONKey) -> Bool {
    if key.hasEscapes { return key.string == pattern.description }
    return pattern.withUTF8Buffer { $0.elementsEqual(key.bytes) }
  }
}
