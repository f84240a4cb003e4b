internal import Foundation
internal import Tensors

/// A file of NumPy's `.npy` format: one array.
struct NpyFile {
  let shape: [Int]
  /// The elements in row-major order.
  let values: [Float]

  /// - Throws: `CommandError.unreadable` with the reason.
  init(contentsOf path: String) throws(CommandError) {
    func fail(_ reason: String) -> CommandError { .unreadable(file: path, reason: reason) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw fail("there is no such file")
    }
    let bytes = [UInt8](data)
    guard bytes.count >= 10, Array(bytes[..<6]) == [0x93] + Array("NUMPY".utf8) else {
      throw fail("it is no .npy file")
    }
    let isLong = bytes[6] > 1
    let start = isLong ? 12 : 10
    guard bytes.count >= start else { throw fail("it ends in its header") }
    let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard bytes.count - start >= length else { throw fail("it ends in its header") }
    let header = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
    guard let type = header.firstMatch(of: #/'descr':\s*'([^']+)'/#)?.1,
      let order = header.firstMatch(of: #/'fortran_order':\s*(True|False)/#)?.1,
      let extents = header.firstMatch(of: #/'shape':\s*\(([^)]*)\)/#)?.1
    else { throw fail("its header is not one of an array") }
    guard order == "False" else { throw fail("its array is in Fortran's order") }
    shape = extents.split(separator: ",").compactMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    let content = bytes[(start + length)...]
    let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard let size = Self.sizes[String(type)] else {
      throw fail("elements of type '\(type)' are not read; use float32, float64 or uint8")
    }
    guard shape.allSatisfy({ $0 >= 0 }), count >= 0, content.count == count * size else {
      throw fail("\(content.count) bytes do not hold an array of shape \(shape)")
    }
    values = content.withUnsafeBytes { raw in
      (0..<count).map { index in
        switch size {
        case 4: raw.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        case 8: Float(raw.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
        default: Float(raw[index])
        }
      }
    }
  }

  /// The bytes of an element by NumPy's name of its type.
  private static let sizes = ["<f4": 4, "<f8": 8, "|u1": 1]
}
