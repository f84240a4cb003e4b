internal import Kernels

extension Tensor {
  /// The sum of all elements, of shape `[]`.
  public func sum() -> Tensor { total(scale: 1, .sum) }

  /// The mean of all elements, of shape `[]`.
  public func mean() -> Tensor { total(scale: 1 / Float(shape.count), .mean) }

  /// The sum along `axis`, which is left out of the result unless `keepsAxis`.
  public func sum(axis: Int, keepsAxis: Bool = false) -> Tensor {
    reduce(axis: axis, keepsAxis: keepsAxis, scale: 1, .sum)
  }

  /// The mean along `axis`, which is left out of the result unless `keepsAxis`.
  public func mean(axis: Int, keepsAxis: Bool = false) -> Tensor {
    reduce(
      axis: axis, keepsAxis: keepsAxis, scale: 1 / Float(shape[resolved(axis: axis)]), .mean)
  }

  private func total(scale: Float, _ kind: Operation.Reduction) -> Tensor {
    let value = Float(kernels.sum(source, count: shape.count) * Double(scale))
    let output = Tensor.filled(value, shape: [], on: device)
    return recorded(.reduce(kind), inputs: [self], value: output) {
      [node = trace?.node, shape, layout] gradient, tape in
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.expand(
        gradient.source, outer: 1, reduced: shape.count, inner: 1, scale: scale, into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  private func reduce(
    axis: Int, keepsAxis: Bool, scale: Float, _ kind: Operation.Reduction
  ) -> Tensor {
    let axis = resolved(axis: axis)
    let view = view(ofAxis: axis)
    let kept = makeAlike(shape.replacing(axis: axis, with: 1))
    kernels.reduce(
      source, outer: view.outer, reduced: view.extent, inner: view.inner, scale: scale,
      into: kept.target)
    let output =
      keepsAxis ? kept : kept.relabelled(Shape(shape.dimensions.removing(at: axis)))
    return recorded(.reduce(kind), inputs: [self], value: output) {
      [node = trace?.node, shape, layout] gradient, tape in
      let kept = gradient.relabelled(shape.replacing(axis: axis, with: 1))
      let ordered = shape.rank == 4 ? kept.arranged(layout) : kept
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.expand(
        ordered.source, outer: view.outer, reduced: view.extent, inner: view.inner, scale: scale,
        into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  /// The sum over several axes, which remain with extent 1. Off the tape.
  func reduced(axes: [Int], scale: Float) -> Tensor {
    var factor = scale
    return collapsed(axes: axes) { source, span, target in
      kernels.reduce(
        source.source, outer: span.outer, reduced: span.extent, inner: span.inner, scale: factor,
        into: target.target)
      factor = 1
    }
  }

  /// Several axes, which remain with extent 1, brought together by `step`. Off the tape.
  ///
  /// Axes that lie side by side in memory are taken in one step.
  func collapsed(
    axes: [Int], by step: (_ source: Tensor, _ span: AxisView, _ target: Tensor) -> Void
  ) -> Tensor {
    var result = detached
    var groups: [[Int]] = []
    for axis in storedAxes where shape[axis] != 1 {
      let isReduced = axes.contains(axis)
      if let last = groups.last?.first, axes.contains(last) == isReduced {
        groups[groups.count - 1].append(axis)
      } else {
        groups.append([axis])
      }
    }
    for group in groups where axes.contains(group[0]) {
      let span = AxisView(
        outer: result.view(ofAxis: group[0]).outer,
        extent: group.reduce(1) { $0 * result.shape[$1] },
        inner: result.view(ofAxis: group[group.count - 1]).inner)
      let next = result.makeAlike(
        group.reduce(result.shape) { $0.replacing(axis: $1, with: 1) })
      step(result, span, next)
      result = next
    }
    return result
  }
}

extension [Int] {
  fileprivate func removing(at index: Int) -> [Int] {
    var copy = self
    copy.remove(at: index)
    return copy
  }
}
