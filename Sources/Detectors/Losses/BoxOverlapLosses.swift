public import Tensors

/// The overlap of each box `[N, 4]` with the one in the same row of `others`; gradients flow to both.
///
/// - Parameters:
///   - boxes: x1, y1, x2, y2.
///   - epsilon: the least area that is divided by.
/// - Returns: `[N]`
public func pairedOverlaps(
  of boxes: Tensor, with others: Tensor, _ measure: OverlapMeasure = .iou, epsilon: Float = 1e-6
) -> Tensor {
  precondition(
    boxes.shape.rank == 2 && boxes.shape[1] == 4 && others.shape == boxes.shape,
    "overlaps of boxes of shape \(boxes.shape) and \(others.shape)")
  let (a, b) = (Corners(boxes), Corners(others))
  let common =
    (minimum(a.right, b.right) - maximum(a.left, b.left)).clamp(minimum: 0)
    * (minimum(a.bottom, b.bottom) - maximum(a.top, b.top)).clamp(minimum: 0)
  let least = Tensor.filled(epsilon, shape: [], on: boxes.device)
  let whole = maximum(measure == .iof ? a.area : a.area + b.area - common, least)
  let overlap = common / whole
  guard measure == .giou else { return overlap.flattened(from: 0) }
  let hull =
    (maximum(a.right, b.right) - minimum(a.left, b.left)).clamp(minimum: 0)
    * (maximum(a.bottom, b.bottom) - minimum(a.top, b.top)).clamp(minimum: 0)
  let bounded = maximum(hull, least)
  return (overlap - (bounded - whole) / bounded).flattened(from: 0)
}

/// The coordinates of boxes, `[N, 1]` each.
private struct Corners {
  let left, top, right, bottom: Tensor

  init(_ boxes: Tensor) {
    let parts = boxes.split([1, 1, 1, 1], axis: 1)
    (left, top, right, bottom) = (parts[0], parts[1], parts[2], parts[3])
  }

  var area: Tensor { (right - left) * (bottom - top) }
}
