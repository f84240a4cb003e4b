// MARK: - Pooling

extension ProfilingKernels {
  public func maxPool(
    _ problem: PoolingProblem, _ rule: MaxPoolingRule, _ x: Source, into y: Target,
    chosen: UnsafeMutablePointer<Int32>
  ) {
    measure(problem) { base.maxPool(problem, rule, x, into: y, chosen: chosen) }
  }

  public func maxPoolBackward(
    _ problem: PoolingProblem, chosen: UnsafePointer<Int32>, gradient dy: Source,
    into dx: Target
  ) {
    measure(problem) { base.maxPoolBackward(problem, chosen: chosen, gradient: dy, into: dx) }
  }

  public func averagePool(
    _ problem: PoolingProblem, _ rule: AveragePoolingRule, _ x: Source, into y: Target
  ) {
    measure(problem) { base.averagePool(problem, rule, x, into: y) }
  }

  public func averagePoolBackward(
    _ problem: PoolingProblem, _ rule: AveragePoolingRule, gradient dy: Source, into dx: Target
  ) {
    measure(problem) { base.averagePoolBackward(problem, rule, gradient: dy, into: dx) }
  }

  private func measure(_ problem: PoolingProblem, _ body: () -> Void) {
    let inputs = problem.images * problem.channels * problem.inputSize.x * problem.inputSize.y
    let outputs = problem.images * problem.channels * problem.outputSize.x * problem.outputSize.y
    profile.measure("pooling", operations: Double(inputs), elements: inputs + outputs, body)
  }
}

// MARK: - Resampling

extension ProfilingKernels {
  public func remap(
    _ problem: ResamplingProblem, _ sources: PixelSources, value: Float, _ x: Source,
    into y: Target
  ) {
    profile.measure("movement", elements: 2 * problem.outputs) {
      base.remap(problem, sources, value: value, x, into: y)
    }
  }

  public func remapBackward(
    _ problem: ResamplingProblem, _ sources: PixelSources, gradient dy: Source, into dx: Target
  ) {
    profile.measure(
      "movement", operations: Double(problem.outputs), elements: problem.inputs + problem.outputs
    ) {
      base.remapBackward(problem, sources, gradient: dy, into: dx)
    }
  }

  public func interpolate(
    _ problem: ResamplingProblem, rows: InterpolatedPositions, columns: InterpolatedPositions,
    _ x: Source, into y: Target
  ) {
    measure(problem) { base.interpolate(problem, rows: rows, columns: columns, x, into: y) }
  }

  public func interpolateBackward(
    _ problem: ResamplingProblem, rows: InterpolatedPositions, columns: InterpolatedPositions,
    gradient dy: Source, into dx: Target
  ) {
    measure(problem) {
      base.interpolateBackward(problem, rows: rows, columns: columns, gradient: dy, into: dx)
    }
  }

  /// Three interpolations of two numbers for each output.
  private func measure(_ problem: ResamplingProblem, _ body: () -> Void) {
    profile.measure(
      "resampling", operations: 9 * Double(problem.outputs),
      elements: problem.inputs + problem.outputs, body)
  }
}

extension ResamplingProblem {
  fileprivate var inputs: Int { images * channels * inputSize.x * inputSize.y }
  fileprivate var outputs: Int { images * channels * outputSize.x * outputSize.y }
}

// MARK: - Regions

extension ProfilingKernels {
  public func alignRegions(
    _ problem: RegionProblem, boxes: Source, _ x: Source, into y: Target,
    chosen: UnsafeMutablePointer<Int32>?
  ) {
    measure(problem) { base.alignRegions(problem, boxes: boxes, x, into: y, chosen: chosen) }
  }

  public func alignRegionsBackward(
    _ problem: RegionProblem, boxes: Source, chosen: UnsafePointer<Int32>?, gradient dy: Source,
    into dx: Target
  ) {
    measure(problem) {
      base.alignRegionsBackward(problem, boxes: boxes, chosen: chosen, gradient: dy, into: dx)
    }
  }

  /// At least one sample of four pixels for each element.
  private func measure(_ problem: RegionProblem, _ body: () -> Void) {
    let outputs = problem.regions * problem.channels * problem.outputSize.x * problem.outputSize.y
    profile.measure("regions", operations: 8 * Double(outputs), elements: 5 * outputs, body)
  }
}
