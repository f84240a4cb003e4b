public import Annotations
internal import CKernels

/// A measure of how much one box overlaps another.
public enum OverlapMeasure: String, Sendable, CaseIterable {
  /// Intersection over union.
  case iou
  /// Intersection over the area of the first box, the foreground.
  case iof
  /// Intersection over union, less the share of the smallest box around both that belongs to neither
  /// (Rezatofighi et al., "Generalized intersection over union", 2019).
  case giou
}

/// The overlap of each of some boxes (rows) with each of others (columns).
public struct OverlapMatrix: Sendable {
  public let rows: Int
  public let columns: Int
  /// Row by row.
  public let values: [Float]

  public subscript(row: Int, column: Int) -> Float { values[row * columns + column] }
}

/// How much each of `boxes` overlaps each of `others`. A coordinate that is NaN gives NaN.
///
/// - Parameters:
///   - epsilon: the least area that is divided by.
///   - threads: `nil` for one a processor; the result does not depend on them.
public func overlaps(
  of boxes: [Box], with others: [Box], _ measure: OverlapMeasure = .iou, epsilon: Float = 1e-6,
  threads: Int? = nil
) -> OverlapMatrix {
  let (rows, columns) = (boxes.count, others.count)
  let values = [Float](unsafeUninitializedCapacity: rows * columns) { values, filled in
    filled = rows * columns
    guard filled > 0, let target = values.baseAddress else { return }
    boxes.withCoordinates { boxes in
      others.withCoordinates { others in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 5 * columns + rows) { scratch in
          ck_overlaps(
            threads.lowered, measure.lowered, boxes, rows, others, columns, epsilon, target,
            scratch.baseAddress)
        }
      }
    }
  }
  return OverlapMatrix(rows: rows, columns: columns, values: values)
}

/// How much each of `boxes` overlaps the one at its place in `others`.
///
/// - Parameters: as of ``overlaps(of:with:_:epsilon:threads:)``.
public func pairedOverlaps(
  of boxes: [Box], with others: [Box], _ measure: OverlapMeasure = .iou, epsilon: Float = 1e-6,
  threads: Int? = nil
) -> [Float] {
  precondition(
    boxes.count == others.count, "overlaps of \(boxes.count) boxes with \(others.count), in pairs")
  return [Float](unsafeUninitializedCapacity: boxes.count) { values, filled in
    filled = boxes.count
    guard filled > 0, let target = values.baseAddress else { return }
    boxes.withCoordinates { left in
      others.withCoordinates { right in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * boxes.count) { scratch in
          ck_paired_overlaps(
            threads.lowered, measure.lowered, left, right, boxes.count, epsilon, target,
            scratch.baseAddress)
        }
      }
    }
  }
}

extension OverlapMeasure {
  fileprivate var lowered: Int32 {
    switch self {
    case .iou: Int32(CK_IOU)
    case .iof: Int32(CK_IOF)
    case .giou: Int32(CK_GIOU)
    }
  }
}

extension Int? {
  /// The number of threads for the C loops.
  var lowered: Int32 { map { Int32($0) } ?? ck_default_threads() }
}

extension [Box] {
  /// Calls `body` with x1, y1, x2, y2 of each box, side by side.
  func withCoordinates<Result>(_ body: (UnsafePointer<Float>?) -> Result) -> Result {
    precondition(
      MemoryLayout<Box>.stride == 4 * MemoryLayout<Float>.stride, "a box of more than its corners")
    return withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: Float.self)) }
  }
}
