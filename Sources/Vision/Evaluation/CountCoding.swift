/// Counts as bytes, 8 each, the lowest first: the form in which evaluators exchange them.
enum CountCoding {
  static func bytes(_ counts: [Int]) -> [UInt8] {
    counts.flatMap { count in
      (0..<8).map { UInt8(truncatingIfNeeded: Int64(count) >> ($0 * 8)) }
    }
  }

  /// - Throws: ``VisionError/unsuitablePartial(reason:)`` for bytes of half a count.
  static func counts(_ bytes: [UInt8]) throws(VisionError) -> [Int] {
    guard bytes.count.isMultiple(of: 8) else {
      throw .unsuitablePartial(reason: "\(bytes.count) bytes are no counts of 8 bytes")
    }
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      Int((0..<8).reduce(Int64(0)) { $0 | Int64(bytes[start + $1]) << ($1 * 8) })
    }
  }
}
