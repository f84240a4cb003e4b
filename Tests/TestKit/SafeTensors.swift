internal import Foundation

/// The tensors of a `.safetensors` fixture, as numbers in row-major order.
public struct SafeTensors {
  public struct Entry {
    public let shape: [Int]
    public let values: [Double]

    public var floats: [Float] { values.map(Float.init) }
  }

  public let entries: [String: Entry]

  /// The tensor `name`; a missing one is an error of the test.
  public subscript(name: String) -> Entry {
    guard let entry = entries[name] else { preconditionFailure("no tensor '\(name)'") }
    return entry
  }

  /// Reads a fixture by its path within `Tests/Fixtures`.
  public init(_ path: String) throws {
    let data = try Fixtures.data(path)
    let headerLength = Int(Self.number(data, at: 0, as: UInt64.self))
    let header = try JSONDecoder().decode(
      [String: Header].self, from: data.subdata(in: 8..<(8 + headerLength)))
    entries = header.mapValues { header in
      let count = header.shape.reduce(1, *)
      let start = 8 + headerLength + header.data_offsets[0]
      let width = (header.data_offsets[1] - header.data_offsets[0]) / max(count, 1)
      let values = (0..<count).map { Self.value(data, at: start + $0 * width, header.dtype) }
      return Entry(shape: header.shape, values: values)
    }
  }

  private struct Header: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  private static func value(_ data: Data, at offset: Int, _ dtype: String) -> Double {
    switch dtype {
    case "F64": number(data, at: offset, as: Double.self)
    case "F32": Double(number(data, at: offset, as: Float.self))
    case "I64": Double(number(data, at: offset, as: Int64.self))
    case "I32": Double(number(data, at: offset, as: Int32.self))
    case "I16": Double(number(data, at: offset, as: Int16.self))
    case "U16": Double(number(data, at: offset, as: UInt16.self))
    case "U8", "BOOL": Double(number(data, at: offset, as: UInt8.self))
    default: preconditionFailure("fixtures of type \(dtype) are not read")
    }
  }

  private static func number<T: BitwiseCopyable>(_ data: Data, at offset: Int, as type: T.Type) -> T
  {
    data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
}
