internal import Kernels

extension Tensor {
  /// The same elements, in the order of the spoken shape, under another shape.
  public func reshaped(_ shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    let output = relabelled(shape)
    return recorded(.reshape, inputs: [self], value: output) {
      [node = trace?.node, original = self.shape] gradient, tape in
      tape.accumulate(gradient.relabelled(original), at: node)
    }
  }

  /// Joins `axis` and all behind it: `[N, C, H, W]` to `[N, C * H * W]`.
  public func flattened(from axis: Int = 1) -> Tensor {
    let axis = resolved(axis: axis)
    let kept = shape.dimensions[..<axis]
    return reshaped(Shape(kept + [shape.dimensions[axis...].reduce(1, *)]))
  }

  /// The part `range` along `axis`.
  public func slice(axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = resolved(axis: axis)
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "slice \(range) of axis \(axis) in shape \(shape)")
    if range.count == shape[axis] { return self }
    let output =
      (axis == 1 ? shuffledChannels(range) : nil) ?? sliceCopied(axis: axis, range)
    return recorded(.slice(axis: axis, range: range), inputs: [self], value: output) {
      [node = trace?.node] gradient, tape in
      tape.accumulateSlice(gradient, axis: axis, range: range, at: node)
    }
  }

  private func sliceCopied(axis: Int, _ range: Range<Int>) -> Tensor {
    let view = view(ofAxis: axis)
    let output = makeAlike(shape.replacing(axis: axis, with: range.count))
    kernels.copy(
      Blocks(
        length: range.count * view.inner, count: view.outer,
        sourceStride: view.extent * view.inner, targetStride: range.count * view.inner),
      source + range.lowerBound * view.inner, to: output.target)
    return output
  }

  /// Parts along `axis` as PyTorch cuts them: all but the last of equal extent.
  public func chunk(_ count: Int, axis: Int) -> [Tensor] {
    precondition(count > 0, "\(count) chunks of shape \(shape)")
    let axis = resolved(axis: axis)
    let extent = shape[axis]
    let size = Swift.max((extent + count - 1) / count, 1)
    return stride(from: 0, to: Swift.max(extent, 1), by: size).map {
      slice(axis: axis, $0..<Swift.min($0 + size, extent))
    }
  }
}

extension Tensor {
  /// Parts along `axis` of the given extents, which must fill it.
  public func split(_ extents: [Int], axis: Int) -> [Tensor] {
    let axis = resolved(axis: axis)
    precondition(
      extents.reduce(0, +) == shape[axis], "parts \(extents) of axis \(axis) in shape \(shape)")
    var start = 0
    return extents.map { extent in
      defer { start += extent }
      return slice(axis: axis, start..<(start + extent))
    }
  }
}

/// Joins tensors along `axis`.
public func concatenate(_ parts: [Tensor], axis: Int) -> Tensor {
  precondition(!parts.isEmpty, "nothing to concatenate")
  let first = parts[0]
  let axis = first.resolved(axis: axis)
  if parts.count == 1 { return first }
  let layout: Layout =
    parts.contains { $0.layout == .channelsLast } ? .channelsLast : .rowMajor
  for part in parts {
    precondition(
      part.shape.rank == first.shape.rank
        && part.shape.replacing(axis: axis, with: 0) == first.shape.replacing(axis: axis, with: 0),
      "cannot join shapes \(parts.map(\.shape)) along axis \(axis)")
  }
  let extent = parts.reduce(0) { $0 + $1.shape[axis] }
  let output = Tensor.uninitialized(
    first.shape.replacing(axis: axis, with: extent), layout: layout, on: first.device)
  var ranges: [Range<Int>] = []
  for part in parts {
    let start = ranges.last?.upperBound ?? 0
    output.writeSlice(part.arranged(layout), axis: axis, start: start, adds: false)
    ranges.append(start..<(start + part.shape[axis]))
  }
  return recorded(.concatenate(axis: axis), inputs: parts, value: output) {
    [nodes = parts.map { $0.trace?.node }, ranges] gradient, tape in
    let gradient = gradient.detached
    for (node, range) in zip(nodes, ranges) {
      tape.accumulate(gradient.slice(axis: axis, range), at: node)
    }
  }
}
