internal import Kernels

extension Tensor {
  /// The axes in another order: axis `axes[i]` becomes axis `i`.
  ///
  /// Elements move only where they have to: `[N, C, H, W]` to `[N, H, W, C]` and back is free.
  public func permuted(_ axes: [Int]) -> Tensor {
    precondition(
      axes.sorted() == Array(0..<shape.rank), "axes \(axes) for a tensor of shape \(shape)")
    if axes == Array(0..<shape.rank) { return self }
    let output = reordered(axes)
    return recorded(.permute(axes: axes), inputs: [self], value: output) {
      [node = trace?.node] gradient, tape in
      let inverse = axes.indices.map { axis in axes.firstIndex(of: axis) ?? axis }
      tape.accumulate(gradient.reordered(inverse), at: node)
    }
  }

  /// Two axes exchanged.
  public func transposed(_ first: Int, _ second: Int) -> Tensor {
    var axes = Array(0..<shape.rank)
    axes.swapAt(resolved(axis: first), resolved(axis: second))
    return permuted(axes)
  }

  private func reordered(_ axes: [Int]) -> Tensor {
    let result = Shape(axes.map { shape[$0] })
    let stored = storedAxes.filter { shape[$0] != 1 }
    let layouts: [Layout] = result.rank == 4 ? [.rowMajor, .channelsLast] : [.rowMajor]
    for layout in layouts {
      let order = layout == .rowMajor ? Array(0..<axes.count) : [0, 2, 3, 1]
      if order.map({ axes[$0] }).filter({ shape[$0] != 1 }) == stored {
        return seen(as: result, layout: layout)
      }
    }
    return moved(axes.filter { shape[$0] != 1 }, into: .uninitialized(result, on: device))
  }

  /// Fills the row-major `output` with this tensor's elements, axes of extent 1 left out.
  private func moved(_ axes: [Int], into output: Tensor) -> Tensor {
    guard shape.count > 0 else { return output }
    var steps = [Int](repeating: 0, count: shape.rank)
    var step = 1
    for axis in storedAxes.reversed() {
      steps[axis] = step
      step *= shape[axis]
    }
    // Neighbours that stay neighbours become one.
    var (extents, strides): ([Int], [Int]) = ([], [])
    for axis in axes {
      if let last = strides.last, last == steps[axis] * shape[axis] {
        extents[extents.count - 1] *= shape[axis]
        strides[strides.count - 1] = steps[axis]
      } else {
        extents.append(shape[axis])
        strides.append(steps[axis])
      }
    }
    // The last two axes exchanged, the others in order: a batch of transpositions.
    let last = extents.count - 1
    let isTransposition =
      extents.count <= 3 && last >= 1 && strides[last - 1] == 1
      && strides[last] == extents[last - 1]
      && (last == 1 || strides[0] == extents[last] * extents[last - 1])
    if isTransposition {
      kernels.transpose(
        source, batch: last == 1 ? 1 : extents[0], rows: extents[last],
        columns: extents[last - 1], into: output.target)
    } else {
      kernels.gather(
        extents: extents, StridedSource(source, strides: strides), into: output.target)
    }
    return output
  }
}
