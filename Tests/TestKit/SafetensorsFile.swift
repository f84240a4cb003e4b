public import Foundation
public import Tensors

/// A `.safetensors` file of recorded values.
public struct SafetensorsFile {
  private let data: Data
  private let start: Int
  private let entries: [String: Entry]

  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private struct Metadata: Decodable {}

  public struct Missing: Error {
    public let name: String
  }

  public init(_ url: URL) throws {
    data = try Data(contentsOf: url)
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    start = 8 + length
    entries = try JSONDecoder().decode(
      [String: Entry].self, from: data.subdata(in: 8..<start))
  }

  public var names: [String] { entries.keys.sorted() }

  public func shape(_ name: String) throws -> Shape {
    Shape(try entry(name).shape)
  }

  /// The numbers of one tensor, row-major, whatever type they are stored as.
  public func values(_ name: String) throws -> [Double] {
    let entry = try entry(name)
    let bytes = data.subdata(
      in: (start + entry.offsets[0])..<(start + entry.offsets[1]))
    func read<T>(_: T.Type, _ convert: (T) -> Double) -> [Double] {
      bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: MemoryLayout<T>.size).map {
          convert(raw.loadUnaligned(fromByteOffset: $0, as: T.self))
        }
      }
    }
    switch entry.dtype {
    case "F32": return read(Float.self) { Double($0) }
    case "F64": return read(Double.self) { $0 }
    case "I64": return read(Int64.self) { Double($0) }
    case "I32": return read(Int32.self) { Double($0) }
    case "I16": return read(Int16.self) { Double($0) }
    case "U16": return read(UInt16.self) { Double($0) }
    case "F16":
      return read(UInt16.self) { Double(Float(halfBits: $0)) }
    default: return read(UInt8.self) { Double($0) }
    }
  }

  public func floats(_ name: String) throws -> [Float] {
    try values(name).map { Float($0) }
  }

  /// Channels last when of rank 4, unless `layout` says otherwise.
  public func tensor(
    _ name: String, layout: Layout? = nil, on device: any Device
  ) throws -> Tensor {
    let shape = try shape(name)
    return Tensor(
      try floats(name), shape: shape,
      layout: layout ?? (shape.rank == 4 ? .channelsLast : .rowMajor), on: device)
  }

  private func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else { throw Missing(name: name) }
    return entry
  }
}

extension Float {
  /// The value of an IEEE half-precision number.
  fileprivate init(halfBits bits: UInt16) {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF) / 1024
    switch exponent {
    case 0: self = sign * fraction * 0x1p-14
    case 31: self = fraction == 0 ? sign * .infinity : .nan
    default:
      self = sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
