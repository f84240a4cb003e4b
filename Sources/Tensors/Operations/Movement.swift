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
    let view = view(ofAxis: axis)
    let output = makeAlike(shape.replacing(axis: axis, with: range.count))
    kernels.copy(
      Blocks(
        length: range.count * view.inner, count: view.outer,
        sourceStride: view.extent * view.inner, targetStride: range.count * view.inner),
      source + range.lowerBound * view.inner, to: output.target)
    return recorded(.slice(axis: axis, range: range), inputs: [self], value: output) {
      [node = trace?.node] gradient, tape in
      tape.accumulateSlice(gradient, axis: axis, range: range, at: node)
    }
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

/// Channel `g * (C / groups) + i` of `x` `[N, C, H, W]` becomes channel `i * groups + g`
/// (Zhang et al., ShuffleNet, 2017).
public func channelShuffle(_ x: Tensor, groups: Int) -> Tensor {
  precondition(
    x.shape.rank == 4 && groups > 0 && x.shape[1] % groups == 0,
    "channel shuffle of shape \(x.shape) in \(groups) groups")
  let output = shuffled(x.activation, groups: groups)
  return recorded(.channelShuffle(groups: groups), inputs: [x], value: output) {
    [node = x.trace?.node] gradient, tape in
    tape.accumulate(shuffled(gradient, groups: gradient.shape[1] / groups), at: node)
  }
}

private func shuffled(_ x: Tensor, groups: Int) -> Tensor {
  let output = x.makeAlike()
  x.kernels.shuffleChannels(
    x.source, pixels: x.shape[0] * x.shape[2] * x.shape[3], channels: x.shape[1],
    groups: groups, into: output.target)
  return output
}

/// `channelShuffle(concatenate([a, b], axis: 1), groups: 2)` in one pass, for `a` and `b` of the
/// same shape `[N, C, H, W]`.
public func concatenateShuffled(_ a: Tensor, _ b: Tensor) -> Tensor {
  precondition(
    a.shape == b.shape && a.shape.rank == 4,
    "cannot join shapes \(a.shape) and \(b.shape) channel by channel")
  let half = a.shape[1]
  let pixels = a.shape[0] * a.shape[2] * a.shape[3]
  let (left, right) = (a.activation, b.activation)
  let output = left.makeAlike(a.shape.replacing(axis: 1, with: 2 * half))
  a.kernels.interleave(
    left.source, stride: half, right.source, stride: half, pixels: pixels, half: half,
    into: output.target)
  let joined = recordedJoin(a, b, value: output)
  return recorded(.channelShuffle(groups: 2), inputs: [joined], value: output) {
    [inputs = (a.trace?.node, b.trace?.node), shape = a.shape]
    gradient, tape in
    let da = gradient.makeAlike(shape)
    let db = gradient.makeAlike(shape)
    gradient.kernels.deinterleave(
      gradient.source, pixels: pixels, half: half, into: da.target, stride: half,
      and: db.target, stride: half)
    tape.accumulate(da, at: inputs.0)
    tape.accumulate(db, at: inputs.1)
  }
}

/// Notes the concatenation that a fused kernel skipped, so that a tracer sees what was meant.
private func recordedJoin(_ a: Tensor, _ b: Tensor, value: Tensor) -> Tensor {
  recorded(.concatenate(axis: 1), inputs: [a, b], value: value) { _, _ in }
}
