/// Joins tensors of one shape along a new axis, which becomes `axis` of the result.
public func stack(_ parts: [Tensor], axis: Int = 0) -> Tensor {
  precondition(!parts.isEmpty, "nothing to stack")
  let shape = parts[0].shape
  let axis = axis < 0 ? axis + shape.rank + 1 : axis
  precondition(
    (0...shape.rank).contains(axis) && parts.allSatisfy { $0.shape == shape },
    "cannot stack shapes \(parts.map(\.shape)) along axis \(axis)")
  var extents = shape.dimensions
  extents.insert(1, at: axis)
  return concatenate(parts.map { $0.reshaped(Shape(extents)) }, axis: axis)
}
