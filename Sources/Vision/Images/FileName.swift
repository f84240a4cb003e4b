/// Names of files as text, though the system allows any bytes.
///
/// Python keeps bytes that are not UTF-8 as lone surrogates, which Swift's text cannot hold; here
/// they are characters at the end of the last private plane.
enum FileName {
  private static let escapes: UInt32 = 0x10FF00

  /// The text of a name that the system gave.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var result = String.UnicodeScalarView()
    var rest = Array(bytes)[...]
    while let first = rest.first {
      let length = (1...4).first { count in
        count <= rest.count && String(validating: rest.prefix(count), as: UTF8.self) != nil
      }
      if let length, let text = String(validating: rest.prefix(length), as: UTF8.self) {
        result.append(contentsOf: text.unicodeScalars)
        rest = rest.dropFirst(length)
      } else {
        if let escape = Unicode.Scalar(escapes + UInt32(first)) { result.append(escape) }
        rest = rest.dropFirst()
      }
    }
    return String(result)
  }

  /// The bytes that the system knows a name by, with the zero at their end.
  static func path(_ text: String) -> [CChar] {
    guard text.unicodeScalars.contains(where: { $0.value >= escapes }) else {
      return text.utf8CString.map { $0 }
    }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if scalar.value >= escapes, scalar.value < escapes + 256 {
        bytes.append(UInt8(scalar.value - escapes))
      } else {
        bytes += Array(String(scalar).utf8)
      }
    }
    return bytes.map { CChar(bitPattern: $0) } + [0]
  }
}
