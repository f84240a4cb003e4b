internal import OrderedCollections

extension PickleValue: CustomStringConvertible {
  /// The value as Python would print it; tensors by type and shape.
  public var description: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .bigInt(let bytes): bigIntText(bytes)
    case .float(let value): floatText(value)
    case .complex(let real, let imaginary):
      "(\(floatText(real))\(imaginary < 0 ? "" : "+")\(floatText(imaginary))j)"
    case .string(let value): quoted(value)
    case .bytes(let value): "b'" + value.map(escapedByte).joined() + "'"
    case .list(let items): "[\(joined(items))]"
    case .tuple(let items): items.count == 1 ? "(\(items[0]),)" : "(\(joined(items)))"
    case .set(let items): items.isEmpty ? "set()" : "{\(joined(items.map(PickleValue.init)))}"
    case .dict(let value): value.description
    case .tensor(let value): value.description
    case .array(let value): "array(\(value.descriptor), shape=\(value.shape))"
    case .size(let value): "torch.Size(\(value))"
    case .device(let value): "device('\(value)')"
    case .dtype(let value): "torch.\(value)"
    case .object(let value): value.description
    }
  }
}

extension PickleKey: CustomStringConvertible {
  public var description: String { PickleValue(self).description }
}

extension PickleDictionary: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .plain:
      "{\(items.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
    case .ordered:
      items.isEmpty
        ? "OrderedDict()"
        : "OrderedDict([\(items.map { "(\($0.key), \($0.value))" }.joined(separator: ", "))])"
    }
  }
}

private func joined(_ items: [PickleValue]) -> String {
  items.map(\.description).joined(separator: ", ")
}

/// Hexadecimal: such numbers are identifiers and seeds, not quantities.
private func bigIntText(_ bytes: [UInt8]) -> String {
  let digits = bytes.reversed().map { byte in
    let text = String(byte, radix: 16)
    return byte < 16 ? "0" + text : text
  }
  return "0x" + digits.joined()
}

private func floatText(_ value: Double) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  return "\(value)"
}

private func quoted(_ text: String) -> String {
  let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
  var result = String.UnicodeScalarView([quote])
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n": result.append(contentsOf: "\\n".unicodeScalars)
    case "\r": result.append(contentsOf: "\\r".unicodeScalars)
    case "\t": result.append(contentsOf: "\\t".unicodeScalars)
    case "\\", quote: result.append(contentsOf: ["\\", scalar])
    default: result.append(scalar)
    }
  }
  result.append(quote)
  return String(result)
}

private func escapedByte(_ byte: UInt8) -> String {
  switch byte {
  case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\\(Unicode.Scalar(byte))"
  case 0x20..<0x7F: "\(Unicode.Scalar(byte))"
  default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
