public import OrderedCollections
internal import Tensors

/// The safetensors format: the length of a JSON header, the header with each tensor's type, shape
/// and place, then the elements, row-major and little-endian
/// (https://github.com/huggingface/safetensors).
public enum Safetensors {
  /// Writes the tensors; the file appears under its name only when it is complete.
  ///
  /// - Parameter facts: text by name, the header's `__metadata__`.
  public static func write(
    _ tensors: OrderedDictionary<String, StoredTensor>, facts: OrderedDictionary<String, String>,
    to path: String
  ) throws(CheckpointError) {
    // Wide elements first, so that each tensor is aligned to its elements.
    let ordered = tensors.sorted {
      ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key)
    }
    let fields = facts.map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ",")
    var header = "{\"__metadata__\":{\(fields)}"
    var position = 0
    for (name, tensor) in ordered {
      let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      header += ",\(quoted(name)):{\"dtype\":\"\(code(of: tensor.dtype))\",\"shape\":[\(shape)],"
      header += "\"data_offsets\":[\(position),\(position + tensor.byteCount)]}"
      position += tensor.byteCount
    }
    header += "}"
    let padding = (8 - header.utf8.count % 8) % 8
    let bytes = Array(header.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: padding)

    var file = try AtomicFile(path: path)
    try file.append(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
    try file.append(bytes)
    for (_, tensor) in ordered {
      let block = try naming(tensor.storage.path) { () throws(CheckpointError.Problem) in
        try tensor.compacted()
      }
      try file.append(contentsOf: block)
    }
    try file.commit()
  }

  static func code(of dtype: DType) -> String {
    switch dtype {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
