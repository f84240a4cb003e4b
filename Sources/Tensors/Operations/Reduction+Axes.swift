internal import Kernels

// Reductions over several axes. These are left out of the result unless `keepsAxes`.

extension Tensor {
  public func sum(axes: [Int], keepsAxes: Bool = false) -> Tensor {
    linear(axes: axes, keepsAxes: keepsAxes, scale: 1, .sum)
  }

  public func mean(axes: [Int], keepsAxes: Bool = false) -> Tensor {
    let count = axes.reduce(1) { $0 * shape[resolved(axis: $1)] }
    return linear(axes: axes, keepsAxes: keepsAxes, scale: 1 / Float(count), .mean)
  }

  private func linear(
    axes: [Int], keepsAxes: Bool, scale: Float, _ kind: Operation.Reduction
  ) -> Tensor {
    let axes = axes.map(resolved)
    let kept = reduced(axes: axes, scale: scale)
    return recorded(
      .reduce(kind), inputs: [self], value: keepsAxes ? kept : kept.dropping(axes)
    ) { [node = trace?.node, shape, layout] gradient, tape in
      let scaled = gradient.detached.relabelled(shape.keeping(axes)) * scale
      tape.accumulate(scaled.repeated(to: shape, layout: layout), at: node)
    }
  }

  /// The largest elements. Equals share a gradient, as with `torch.amax`.
  public func max(axes: [Int], keepsAxes: Bool = false) -> Tensor {
    extreme(axes: axes, keepsAxes: keepsAxes, least: false)
  }

  /// The least elements. Equals share a gradient, as with `torch.amin`.
  public func min(axes: [Int], keepsAxes: Bool = false) -> Tensor {
    extreme(axes: axes, keepsAxes: keepsAxes, least: true)
  }

  private func extreme(axes: [Int], keepsAxes: Bool, least: Bool) -> Tensor {
    let axes = axes.map(resolved)
    precondition(
      axes.allSatisfy { shape[$0] > 0 }, "there is no extreme over axes \(axes) of \(shape)")
    let kept = collapsed(axes: axes) { source, span, target in
      kernels.reduceExtreme(
        source.source, least: least, outer: span.outer, reduced: span.extent, inner: span.inner,
        into: target.target, chosen: nil)
    }
    return recorded(
      .reduce(least ? .min : .max), inputs: [self], value: keepsAxes ? kept : kept.dropping(axes)
    ) { [node = trace?.node, input = detached] gradient, tape in
      let mask = input .== kept
      let share = gradient.detached.relabelled(kept.shape) / mask.reduced(axes: axes, scale: 1)
      tape.accumulate(mask * share, at: node)
    }
  }

  /// The norm `(Σ |x|ᵖ)^(1/p)`; infinity gives the largest magnitude. Where it is 0, so is its
  /// gradient.
  public func norm(_ p: Float = 2, axes: [Int], keepsAxes: Bool = false) -> Tensor {
    precondition(p > 0, "a norm of order \(p)")
    if p == .infinity { return abs().max(axes: axes, keepsAxes: keepsAxes) }
    let axes = axes.map(resolved)
    let powers = p == 1 ? detached.abs() : p == 2 ? detached * detached : detached.abs().pow(p)
    let sum = powers.reduced(axes: axes, scale: 1)
    let kept = p == 1 ? sum : p == 2 ? sum.sqrt() : sum.pow(1 / p)
    return recorded(
      .reduce(.norm), inputs: [self], value: keepsAxes ? kept : kept.dropping(axes)
    ) { [node = trace?.node, input = detached] gradient, tape in
      let gradient = gradient.detached.relabelled(kept.shape)
      // d|x| (|x| / norm)^(p - 1), without a negative power of 0.
      let ratio = input / kept
      let slope: Tensor =
        switch p {
        case 1: (input .> 0) - (input .< 0)
        case 2: ratio
        default: ((input .> 0) - (input .< 0)) * ratio.abs().pow(p - 1)
        }
      let isFlat = p < 2 ? (input .== 0) : (kept .== 0)
      tape.accumulate(gradient * slope.filled(with: 0, where: isFlat), at: node)
    }
  }
}

// MARK: - One axis

extension Tensor {
  /// The largest elements along `axis`; of equals, the first gets the gradient.
  public func max(axis: Int, keepsAxis: Bool = false) -> Tensor {
    extreme(axis: axis, keepsAxis: keepsAxis, least: false)
  }

  /// The least elements along `axis`; of equals, the first gets the gradient.
  public func min(axis: Int, keepsAxis: Bool = false) -> Tensor {
    extreme(axis: axis, keepsAxis: keepsAxis, least: true)
  }

  /// The places of the largest elements along `axis`, the first of equals; row-major, of the shape
  /// without the axis.
  public func argmax(axis: Int) -> [Int] {
    places(axis: axis, least: false)
  }

  /// The places of the least elements along `axis`, the first of equals; row-major, of the shape
  /// without the axis.
  public func argmin(axis: Int) -> [Int] {
    places(axis: axis, least: true)
  }

  private func extreme(axis: Int, keepsAxis: Bool, least: Bool) -> Tensor {
    let axis = resolved(axis: axis)
    let (kept, chosen) = extremes(axis: axis, least: least)
    return recorded(
      .reduce(least ? .min : .max), inputs: [self], value: keepsAxis ? kept : kept.dropping([axis])
    ) { [node = trace?.node, shape, layout, view = view(ofAxis: axis)] gradient, tape in
      let relabelled = gradient.detached.relabelled(kept.shape)
      let ordered = shape.rank == 4 ? relabelled.arranged(layout) : relabelled
      let dx = Tensor.uninitialized(shape, layout: layout, on: gradient.device)
      gradient.kernels.expandChosen(
        ordered.source, chosen: chosen.numbers, outer: view.outer, reduced: view.extent,
        inner: view.inner, into: dx.target)
      tape.accumulate(dx, at: node)
    }
  }

  private func extremes(axis: Int, least: Bool) -> (kept: Tensor, chosen: Tensor) {
    precondition(shape[axis] > 0, "there is no extreme along axis \(axis) of \(shape)")
    let view = view(ofAxis: axis)
    let kept = makeAlike(shape.replacing(axis: axis, with: 1))
    let chosen = Tensor.uninitialized([kept.shape.count], dtype: .int32, on: device)
    kernels.reduceExtreme(
      source, least: least, outer: view.outer, reduced: view.extent, inner: view.inner,
      into: kept.target, chosen: chosen.numbers)
    return (kept, chosen)
  }

  private func places(axis: Int, least: Bool) -> [Int] {
    let axis = resolved(axis: axis)
    let (kept, chosen) = extremes(axis: axis, least: least)
    let numbers = chosen.numbers
    let count = kept.shape.count
    guard kept.layout == .channelsLast else { return (0..<count).map { Int(numbers[$0]) } }
    let (channels, pixels) = (kept.shape[1], kept.shape[2] * kept.shape[3])
    return (0..<count).map { place in
      let (image, channel, pixel) = (
        place / (channels * pixels), place / pixels % channels, place % pixels
      )
      return Int(numbers[(image * pixels + pixel) * channels + channel])
    }
  }

  private var numbers: UnsafeMutablePointer<Int32> {
    storage.pointer.assumingMemoryBound(to: Int32.self)
  }
}

// MARK: - Shapes

extension Tensor {
  /// Off the tape, without axes of extent 1.
  private func dropping(_ axes: [Int]) -> Tensor {
    relabelled(
      Shape(shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] }))
  }
}

extension Shape {
  fileprivate func keeping(_ axes: [Int]) -> Shape {
    axes.reduce(self) { $0.replacing(axis: $1, with: 1) }
  }
}
