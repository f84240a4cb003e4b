// MARK: - Pointwise

extension ProfilingKernels {
  public func apply(_ function: PointwiseFunction, _ x: Source, into y: Target, count: Int) {
    profile.measure("pointwise", operations: Double(count), elements: 2 * count) {
      base.apply(function, x, into: y, count: count)
    }
  }

  public func applyBackward(
    _ function: PointwiseFunction, _ x: Source, gradient dy: Source, into dx: Target, count: Int
  ) {
    profile.measure("pointwise", operations: 2 * Double(count), elements: 3 * count) {
      base.applyBackward(function, x, gradient: dy, into: dx, count: count)
    }
  }

  public func fill(_ y: Target, with value: Float, count: Int) {
    profile.measure("fill", elements: count) { base.fill(y, with: value, count: count) }
  }

  public func add(_ x: Source, scale: Float, to y: Target, count: Int) {
    profile.measure("addition", operations: 2 * Double(count), elements: 3 * count) {
      base.add(x, scale: scale, to: y, count: count)
    }
  }

  public func combine(
    _ operation: BinaryOperation, _ x: Source, _ y: Source, into z: Target, count: Int
  ) {
    profile.measure("addition", operations: Double(count), elements: 3 * count) {
      base.combine(operation, x, y, into: z, count: count)
    }
  }

  public func combine(
    _ operation: BinaryOperation, extents: [Int], _ x: Source, strides xStrides: [Int],
    _ y: Source, strides yStrides: [Int], into z: Target
  ) {
    let count = extents.reduce(1, *)
    profile.measure("addition", operations: Double(count), elements: 3 * count) {
      base.combine(
        operation, extents: extents, x, strides: xStrides, y, strides: yStrides, into: z)
    }
  }

  public func dropOut(_ x: Source, seed: UInt64, probability: Float, into y: Target, count: Int) {
    profile.measure("pointwise", operations: Double(count), elements: 2 * count) {
      base.dropOut(x, seed: seed, probability: probability, into: y, count: count)
    }
  }

  public func rectify(
    _ x: Source, _ slopes: RectifierSlopes, pixels: Int, channels: Int, into y: Target
  ) {
    let count = pixels * channels
    profile.measure("pointwise", operations: Double(count), elements: 2 * count) {
      base.rectify(x, slopes, pixels: pixels, channels: channels, into: y)
    }
  }

  public func rectifyBackward(
    _ x: Source, _ slopes: RectifierSlopes, gradient dy: Source, pixels: Int, channels: Int,
    into dx: Target?, slopes dSlopes: Target?
  ) {
    let count = pixels * channels
    let written = (dx == nil ? 0 : 1) + (dSlopes == nil ? 0 : 1)
    profile.measure(
      "pointwise", operations: Double(written * count), elements: (2 + written) * count
    ) {
      base.rectifyBackward(
        x, slopes, gradient: dy, pixels: pixels, channels: channels, into: dx, slopes: dSlopes)
    }
  }
}

// MARK: - Movement

extension ProfilingKernels {
  public func copy(_ blocks: Blocks, _ source: Source, to target: Target) {
    profile.measure("movement", elements: 2 * blocks.length * blocks.count) {
      base.copy(blocks, source, to: target)
    }
  }

  public func add(_ blocks: Blocks, _ source: Source, to target: Target) {
    let count = blocks.length * blocks.count
    profile.measure("addition", operations: Double(count), elements: 3 * count) {
      base.add(blocks, source, to: target)
    }
  }

  public func convert(_ source: Elements, to target: MutableElements, count: Int) {
    profile.measure(
      "conversion", elements: count * (source.precision.byteCount + target.precision.byteCount) / 4
    ) {
      base.convert(source, to: target, count: count)
    }
  }

  public func transpose(_ source: Source, batch: Int, rows: Int, columns: Int, into target: Target)
  {
    profile.measure("movement", elements: 2 * batch * rows * columns) {
      base.transpose(source, batch: batch, rows: rows, columns: columns, into: target)
    }
  }

  public func shuffleChannels(
    _ source: Source, pixels: Int, channels: Int, groups: Int, into target: Target
  ) {
    profile.measure("movement", elements: 2 * pixels * channels) {
      base.shuffleChannels(
        source, pixels: pixels, channels: channels, groups: groups, into: target)
    }
  }

  public func interleave(
    _ a: Elements, _ b: Elements, pixels: Int, half: Int, into parts: CutChannels<MutableElements>
  ) {
    profile.measure(
      "movement", elements: parts.moved(pixels, 2 * half) * a.precision.byteCount / 4
    ) {
      base.interleave(a, b, pixels: pixels, half: half, into: parts)
    }
  }

  public func deinterleave(
    _ parts: CutChannels<Source>, pixels: Int, half: Int, into a: Target, _ b: Target
  ) {
    profile.measure("movement", elements: parts.moved(pixels, 2 * half)) {
      base.deinterleave(parts, pixels: pixels, half: half, into: a, b)
    }
  }
}

extension CutChannels {
  /// Elements that are read and written.
  fileprivate func moved(_ pixels: Int, _ channels: Int) -> Int {
    2 * pixels * ((first == nil ? 0 : cut) + (rest == nil ? 0 : channels - cut))
  }
}

// MARK: - Reduction

extension ProfilingKernels {
  public func sum(_ x: Source, count: Int) -> Double {
    profile.measure("reduction", operations: Double(count), elements: count) {
      base.sum(x, count: count)
    }
  }

  public func sumOfSquares(_ x: Source, count: Int) -> Double {
    profile.measure("reduction", operations: 2 * Double(count), elements: count) {
      base.sumOfSquares(x, count: count)
    }
  }

  public func largestMagnitude(_ x: Source, count: Int) -> Float {
    profile.measure("reduction", operations: Double(count), elements: count) {
      base.largestMagnitude(x, count: count)
    }
  }

  public func reduce(
    _ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target
  ) {
    let count = outer * reduced * inner
    profile.measure("reduction", operations: Double(count), elements: count + outer * inner) {
      base.reduce(x, outer: outer, reduced: reduced, inner: inner, scale: scale, into: y)
    }
  }

  public func expand(
    _ x: Source, outer: Int, reduced: Int, inner: Int, scale: Float, into y: Target
  ) {
    let count = outer * reduced * inner
    profile.measure("movement", operations: Double(count), elements: count + outer * inner) {
      base.expand(x, outer: outer, reduced: reduced, inner: inner, scale: scale, into: y)
    }
  }

  public func reduceExtreme(
    _ x: Source, least: Bool, outer: Int, reduced: Int, inner: Int, into y: Target,
    chosen: UnsafeMutablePointer<Int32>?
  ) {
    let (count, results) = (outer * reduced * inner, outer * inner)
    profile.measure(
      "reduction", operations: Double(count),
      elements: count + (chosen == nil ? 1 : 2) * results
    ) {
      base.reduceExtreme(
        x, least: least, outer: outer, reduced: reduced, inner: inner, into: y, chosen: chosen)
    }
  }

  public func expandChosen(
    _ x: Source, chosen: UnsafePointer<Int32>, outer: Int, reduced: Int, inner: Int,
    into y: Target
  ) {
    profile.measure("movement", elements: outer * inner * (reduced + 2)) {
      base.expandChosen(
        x, chosen: chosen, outer: outer, reduced: reduced, inner: inner, into: y)
    }
  }
}

// MARK: - Scores

extension ProfilingKernels {
  public func softmax(_ x: Source, _ axis: ClassAxis, logarithm: Bool, into y: Target) {
    measure(axis) { base.softmax(x, axis, logarithm: logarithm, into: y) }
  }

  public func softmaxBackward(
    _ y: Source, gradient dy: Source, _ axis: ClassAxis, logarithm: Bool, into dx: Target
  ) {
    measure(axis) { base.softmaxBackward(y, gradient: dy, axis, logarithm: logarithm, into: dx) }
  }

  public func crossEntropy(
    _ loss: ScoreLoss, scores: Source, weights: Source?, rows: Int, classes: Int,
    into y: Target
  ) {
    measure(ClassAxis(outer: rows, classes: classes, inner: 1)) {
      base.crossEntropy(
        loss, scores: scores, weights: weights, rows: rows, classes: classes, into: y)
    }
  }

  public func crossEntropyBackward(
    _ loss: ScoreLoss, scores: Source, weights: Source?, rows: Int, classes: Int,
    gradient dy: Source, into dx: Target
  ) {
    measure(ClassAxis(outer: rows, classes: classes, inner: 1)) {
      base.crossEntropyBackward(
        loss, scores: scores, weights: weights, rows: rows, classes: classes, gradient: dy,
        into: dx)
    }
  }

  public func pairLoss(_ loss: PairLoss, _ x: Source, target: Source, into y: Target, count: Int) {
    profile.measure("losses", operations: 3 * Double(count), elements: 3 * count) {
      base.pairLoss(loss, x, target: target, into: y, count: count)
    }
  }

  public func pairLossBackward(
    _ loss: PairLoss, _ x: Source, target: Source, gradient dy: Source, into dx: Target?,
    target dt: Target?, count: Int
  ) {
    let written = (dx == nil ? 0 : 1) + (dt == nil ? 0 : 1)
    profile.measure(
      "losses", operations: Double(3 * written * count), elements: (3 + written) * count
    ) {
      base.pairLossBackward(
        loss, x, target: target, gradient: dy, into: dx, target: dt, count: count)
    }
  }

  public func focalLoss(_ problem: FocalLossProblem, scores: Source, into y: Target) {
    measure(problem, elements: problem.reducesClasses ? 1 : 2) {
      base.focalLoss(problem, scores: scores, into: y)
    }
  }

  public func focalLossBackward(
    _ problem: FocalLossProblem, scores: Source, gradient dy: Source, into dx: Target
  ) {
    measure(problem, elements: problem.reducesClasses ? 2 : 3) {
      base.focalLossBackward(problem, scores: scores, gradient: dy, into: dx)
    }
  }

  private func measure(_ problem: FocalLossProblem, elements: Int, _ body: () -> Void) {
    let count = problem.rows * problem.classes
    profile.measure("losses", operations: 8 * Double(count), elements: elements * count, body)
  }

  private func measure(_ axis: ClassAxis, _ body: () -> Void) {
    let count = axis.outer * axis.classes * axis.inner
    profile.measure("losses", operations: 4 * Double(count), elements: 2 * count, body)
  }
}
