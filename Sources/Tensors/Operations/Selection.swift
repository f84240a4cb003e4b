internal import Kernels

// Comparisons give masks: 1 where they hold and 0 elsewhere, off the tape. Axes are repeated as in
// a sum.

extension Tensor {
  public static func .== (left: Tensor, right: Tensor) -> Tensor {
    combine(.equal, left, right)
  }

  public static func .!= (left: Tensor, right: Tensor) -> Tensor {
    combine(.unequal, left, right)
  }

  public static func .< (left: Tensor, right: Tensor) -> Tensor {
    combine(.less, left, right)
  }

  public static func .<= (left: Tensor, right: Tensor) -> Tensor {
    combine(.lessOrEqual, left, right)
  }

  public static func .> (left: Tensor, right: Tensor) -> Tensor { right .< left }

  public static func .>= (left: Tensor, right: Tensor) -> Tensor { right .<= left }

  public static func .== (left: Tensor, right: Float) -> Tensor { left .== left.number(right) }

  public static func .!= (left: Tensor, right: Float) -> Tensor { left .!= left.number(right) }

  public static func .< (left: Tensor, right: Float) -> Tensor { left .< left.number(right) }

  public static func .<= (left: Tensor, right: Float) -> Tensor { left .<= left.number(right) }

  public static func .> (left: Tensor, right: Float) -> Tensor { left .> left.number(right) }

  public static func .>= (left: Tensor, right: Float) -> Tensor { left .>= left.number(right) }

  private func number(_ value: Float) -> Tensor { .filled(value, shape: [], on: device) }
}

/// Elements of `x` where `mask` is not 0, and of `y` where it is; axes are repeated as in a sum.
public func select(_ mask: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
  let output = chosen(mask, x, y)
  return recorded(.select, inputs: [x, y], value: output) {
    [a = Origin(x), b = Origin(y), mask = mask.detached] gradient, tape in
    let gradient = gradient.detached
    let zero = Tensor.zeros([], on: gradient.device)
    tape.accumulate(a.gather(chosen(mask, gradient, zero)), at: a.node)
    tape.accumulate(b.gather(chosen(mask, zero, gradient)), at: b.node)
  }
}

private func chosen(_ mask: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
  let walk = BroadcastWalk([mask, x, y])
  let output = Tensor.uninitialized(walk.shape, layout: walk.layout, on: x.device)
  guard walk.shape.count > 0 else { return output }
  x.kernels.select(
    extents: walk.extents, mask: StridedSource(mask.source, strides: walk.strides[0]),
    StridedSource(x.source, strides: walk.strides[1]),
    StridedSource(y.source, strides: walk.strides[2]), into: output.target)
  return output
}

extension Tensor {
  /// The elements, but `value` where `mask` is not 0; axes are repeated as in a sum.
  public func filled(with value: Float, where mask: Tensor) -> Tensor {
    select(mask, number(value), self)
  }
}
