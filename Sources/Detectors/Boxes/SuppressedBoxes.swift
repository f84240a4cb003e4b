internal import Annotations
internal import CKernels

/// The places of scores from the highest on; of equals the first comes first, and NaN counts as the
/// highest.
func orderOfScores(_ scores: [Float]) -> [Int] {
  let keys = scores.enumerated().map { place, score -> UInt64 in
    let bits = (score == 0 ? 0 : score).bitPattern
    let ascending = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt64(score.isNaN ? 0 : ~ascending) << 32 | UInt64(UInt32(place))
  }
  return keys.sorted().map { Int($0 & 0xFFFF_FFFF) }
}

/// Whether each of some boxes, the best first, stays.
func unsuppressed(_ boxes: [Box], threshold: Float, offset: Float, threads: Int?) -> [Bool] {
  guard !boxes.isEmpty else { return [] }
  let kept = [UInt8](unsafeUninitializedCapacity: boxes.count) { kept, filled in
    boxes.withCoordinates { coordinates in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 7 * boxes.count) { scratch in
        ck_suppress(
          threads.lowered, coordinates, boxes.count, threshold, offset, kept.baseAddress,
          scratch.baseAddress)
      }
    }
    filled = boxes.count
  }
  return kept.map { $0 != 0 }
}
