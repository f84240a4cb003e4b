internal import Kernels

/// The gradient of a node while it is gathered.
///
/// Slices of a value give the gradients of their parts. A part that is the first of its region is
/// copied there, later ones are added; what no part reached is zero in the end. So the gradients
/// of chunks cost one pass together, however many there are.
struct NodeGradient {
  private let tensor: Tensor
  /// The axis of the parts and the regions written so far, ascending; `nil` when all is written.
  private var parts: (axis: Int, covered: [Range<Int>])?

  init(whole tensor: Tensor) {
    self.tensor = tensor
    parts = nil
  }

  /// - Parameters:
  ///   - shape: of the node's value, which lies in memory as `layout` says.
  init(part: Tensor, axis: Int, range: Range<Int>, of shape: Shape, layout: Layout) {
    tensor = .uninitialized(shape, layout: layout, on: part.device)
    parts = (axis, [])
    add(part, axis: axis, range: range)
  }

  /// The gradient with zeros where nothing was written.
  mutating func completed() -> Tensor {
    guard let (axis, covered) = parts else { return tensor }
    parts = nil
    var start = 0
    for range in covered + [tensor.shape[axis]..<tensor.shape[axis]] {
      if start < range.lowerBound {
        var shape = tensor.shape.dimensions
        shape[axis] = range.lowerBound - start
        let zeros = Tensor.zeros(Shape(shape), layout: tensor.layout, on: tensor.device)
        tensor.writeSlice(zeros, axis: axis, start: start, adds: false)
      }
      start = max(start, range.upperBound)
    }
    return tensor
  }

  mutating func add(_ contribution: Tensor) {
    completed().addInPlace(contribution)
  }

  mutating func add(_ part: Tensor, axis: Int, range: Range<Int>) {
    guard let parts, parts.axis == axis,
      parts.covered.allSatisfy({ !$0.overlaps(range) })
    else {
      completed().writeSlice(part, axis: axis, start: range.lowerBound, adds: true)
      return
    }
    tensor.writeSlice(part, axis: axis, start: range.lowerBound, adds: false)
    let covered = (parts.covered + [range]).sorted { $0.lowerBound < $1.lowerBound }
    let total = covered.reduce(0) { $0 + $1.count }
    self.parts = total == tensor.shape[axis] ? nil : (axis, covered)
  }
}

extension Tensor {
  /// Adds `other`, which lies in memory alike, element by element.
  func addInPlace(_ other: Tensor) {
    kernels.add(other.source, scale: 1, to: target, count: shape.count)
    storage.knowledge = nil
  }

  /// Writes or adds `part`, which lies in memory alike, behind position `start` of `axis`.
  func writeSlice(_ part: Tensor, axis: Int, start: Int, adds: Bool) {
    let whole = view(ofAxis: axis)
    let length = part.shape[axis] * whole.inner
    let blocks = Blocks(
      length: length, count: whole.outer, sourceStride: length,
      targetStride: whole.extent * whole.inner)
    let start = target + start * whole.inner
    storage.knowledge = nil
    if adds {
      kernels.add(blocks, part.source, to: start)
    } else {
      kernels.copy(blocks, part.source, to: start)
    }
  }
}
