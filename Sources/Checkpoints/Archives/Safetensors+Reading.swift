internal import Foundation
internal import OrderedCollections
internal import Tensors

extension Safetensors {
  typealias Problem = CheckpointError.Problem

  /// The format's own limit of its header.
  private static let headerLimit = 100_000_000

  /// Whether a file begins with the length of a header and the header.
  static func begins(_ block: ByteBlock) -> Bool {
    headerRange(block) != nil
  }

  private static func headerRange(_ block: ByteBlock) -> Range<Int>? {
    let bytes = block.bytes
    guard bytes.count > 9, bytes[8] == UInt8(ascii: "{") else { return nil }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length >= 2, length <= UInt64(headerLimit) else { return nil }
    return 8..<8 + Int(length)
  }

  /// The file as a checkpoint would be: the tensors as `state_dict`, in the order of their data,
  /// the facts as `meta`.
  static func object(of block: ByteBlock, path: String) throws(Problem) -> PickleValue {
    let part = "the header"
    guard let range = headerRange(block), range.upperBound <= block.bytes.count else {
      throw .truncated(part: part)
    }
    let json = Data(block.bytes[range])
    guard let header = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else {
      throw .malformed(part: part, detail: "it is no JSON object")
    }
    var places: [(name: String, begin: Int, value: PickleValue)] = []
    for (name, entry) in header where name != "__metadata__" {
      guard let entry = entry as? [String: Any], let type = entry["dtype"] as? String,
        let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int],
        offsets.count == 2
      else { throw .malformed(part: part, detail: "the entry '\(name)' is incomplete") }
      guard 0 <= offsets[0], offsets[0] <= offsets[1] else {
        throw .malformed(part: "'\(name)'", detail: "it ends before it begins")
      }
      guard offsets[1] <= block.bytes.count - range.upperBound else {
        throw .truncated(part: "'\(name)'")
      }
      let place = range.upperBound + offsets[0]..<range.upperBound + offsets[1]
      places.append(
        (name, offsets[0], try value(name, type, shape, place, of: block, path: path)))
    }
    places.sort { ($0.begin, $0.name) < ($1.begin, $1.name) }
    var stateDict = PickleDictionary(kind: .ordered)
    for place in places { stateDict[.string(place.name)] = place.value }
    return [
      "meta": .dict(facts(of: header["__metadata__"])), "state_dict": .dict(stateDict),
    ]
  }

  private static func value(
    _ name: String, _ type: String, _ shape: [Int], _ place: Range<Int>, of block: ByteBlock,
    path: String
  ) throws(Problem) -> PickleValue {
    guard let dtype = DType.allCases.first(where: { code(of: $0) == type }) else {
      return .object(ClosedObject(name: "safetensors.\(type)"))
    }
    let storage = StoredStorage(path: path, name: name, block: block, range: place)
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] =
        strides[axis + 1].multipliedReportingOverflow(
          by: max(shape[axis + 1], 1)
        ).partialValue
    }
    let tensor = try StoredTensor(
      storage: storage, dtype: dtype, dimensions: shape, strides: strides.map { max($0, 0) },
      offset: 0)
    guard tensor.byteCount == place.count else {
      throw .malformed(
        part: "'\(name)'", detail: "\(place.count) bytes for the shape \(shape) of \(type)")
    }
    return .tensor(tensor)
  }

  /// Facts are text. Those that `export` writes get their own kind back: counts are numbers, class
  /// names a tuple.
  private static func facts(of entry: Any?) -> PickleDictionary {
    var result = PickleDictionary()
    for (name, text) in (entry as? [String: String] ?? [:]).sorted(by: { $0.key < $1.key }) {
      switch name {
      case "epoch", "iter", "seed":
        result[.string(name)] = Int(text).map(PickleValue.int) ?? .string(text)
      case "CLASSES":
        result[.string(name)] = .tuple(
          text.split(separator: "\n", omittingEmptySubsequences: false).map { .string(String($0)) })
      default: result[.string(name)] = .string(text)
      }
    }
    return result
  }
}
