internal import Kernels

/// The gradient of a node while it is gathered.
///
/// Slices of a value give the gradients of their parts. They are kept as they come; what no part
/// reached is zero in the end. So the gradients of chunks cost one pass together, however many there
/// are, and none where an operation takes the parts of ``SplitChannels``.
struct NodeGradient {
  private enum Content {
    case whole(Tensor)
    case parts(GradientParts)
  }

  private var content: Content

  init(whole tensor: Tensor) {
    content = .whole(tensor)
  }

  /// - Parameters:
  ///   - shape: of the node's value, which lies in memory as `layout` says.
  init(part: Tensor, axis: Int, range: Range<Int>, of shape: Shape, layout: Layout) {
    var parts = GradientParts(shape: shape, layout: layout, axis: axis)
    parts.insert(part, at: range)
    content = .parts(parts)
  }

  /// The gradient with zeros where nothing was written.
  mutating func completed() -> Tensor {
    switch content {
    case .whole(let tensor):
      return tensor
    case .parts(let parts):
      let tensor = parts.joined()
      content = .whole(tensor)
      return tensor
    }
  }

  mutating func add(_ contribution: Tensor) {
    completed().addInPlace(contribution)
  }

  mutating func add(_ part: Tensor, axis: Int, range: Range<Int>) {
    guard case .parts(var parts) = content, parts.axis == axis, parts.hasRoom(for: range) else {
      completed().writeSlice(part, axis: axis, start: range.lowerBound, adds: true)
      return
    }
    parts.insert(part, at: range)
    content = .parts(parts)
  }
}

/// Parts of a gradient that do not overlap, in their order along an axis.
private struct GradientParts {
  let shape: Shape
  let layout: Layout
  let axis: Int
  private var parts: [(range: Range<Int>, tensor: Tensor)] = []

  init(shape: Shape, layout: Layout, axis: Int) {
    self.shape = shape
    self.layout = layout
    self.axis = axis
  }

  func hasRoom(for range: Range<Int>) -> Bool {
    parts.allSatisfy { !$0.range.overlaps(range) }
  }

  mutating func insert(_ part: Tensor, at range: Range<Int>) {
    let place = parts.firstIndex { $0.range.lowerBound > range.lowerBound } ?? parts.endIndex
    parts.insert((range, part), at: place)
  }

  func joined() -> Tensor {
    if let halves = splitChannels { return halves }
    guard let device = parts.first?.tensor.device else {
      preconditionFailure("a gradient of no parts")
    }
    let whole = Tensor.uninitialized(shape, layout: layout, on: device)
    var start = 0
    func fill(to end: Int) {
      guard start < end else { return }
      let zeros = Tensor.zeros(
        shape.replacing(axis: axis, with: end - start), layout: layout, on: device)
      whole.writeSlice(zeros, axis: axis, start: start, adds: false)
    }
    for (range, tensor) in parts {
      fill(to: range.lowerBound)
      whole.writeSlice(tensor, axis: axis, start: range.lowerBound, adds: false)
      start = range.upperBound
    }
    fill(to: shape[axis])
    return whole
  }

  /// Two parts that are all channels of an activation, left where they are.
  private var splitChannels: Tensor? {
    guard axis == 1, layout == .channelsLast, parts.count == 2,
      parts[0].range.count + parts[1].range.count == shape[1]
    else { return nil }
    return .pending(
      SplitChannels(parts[0].tensor, parts[1].tensor), shape: shape, on: parts[0].tensor.device)
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
