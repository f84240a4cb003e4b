internal import CKernels

extension CPUKernels {
  public func remap(
    _ problem: ResamplingProblem, _ sources: PixelSources, value: Float, _ x: Source,
    into y: Target
  ) {
    withRemapping(problem, sources, value: value) { ck_remap(threadCount, $0, x, y) }
  }

  public func remapBackward(
    _ problem: ResamplingProblem, _ sources: PixelSources, gradient dy: Source, into dx: Target
  ) {
    withRemapping(problem, sources, value: 0) { ck_remap_backward(threadCount, $0, dy, dx) }
  }

  public func interpolate(
    _ problem: ResamplingProblem, rows: InterpolatedPositions, columns: InterpolatedPositions,
    _ x: Source, into y: Target
  ) {
    withInterpolation(problem, rows, columns) { ck_interpolate(threadCount, $0, x, y) }
  }

  public func interpolateBackward(
    _ problem: ResamplingProblem, rows: InterpolatedPositions, columns: InterpolatedPositions,
    gradient dy: Source, into dx: Target
  ) {
    withInterpolation(problem, rows, columns) { ck_interpolate_backward(threadCount, $0, dy, dx) }
  }

  private func withRemapping(
    _ problem: ResamplingProblem, _ sources: PixelSources, value: Float,
    _ body: (UnsafePointer<ck_remapping>) -> Void
  ) {
    let (input, output) = (problem.inputSize, problem.outputSize)
    precondition(
      sources.rows.count == output.x && sources.columns.count == output.y,
      "sources of \(sources.rows.count) rows and \(sources.columns.count) columns for \(output)")
    sources.rows.withUnsafeBufferPointer { rows in
      sources.columns.withUnsafeBufferPointer { columns in
        var lowered = ck_remapping(
          images: problem.images, channels: problem.channels, height: input.x, width: input.y,
          out_height: output.x, out_width: output.y, rows: rows.baseAddress,
          columns: columns.baseAddress, value: value)
        body(&lowered)
      }
    }
  }

  private func withInterpolation(
    _ problem: ResamplingProblem, _ rows: InterpolatedPositions, _ columns: InterpolatedPositions,
    _ body: (UnsafePointer<ck_interpolation>) -> Void
  ) {
    let (input, output) = (problem.inputSize, problem.outputSize)
    precondition(
      rows.weight.count == output.x && columns.weight.count == output.y,
      "positions of \(rows.weight.count) rows and \(columns.weight.count) columns for \(output)")
    rows.withPointers { rows in
      columns.withPointers { columns in
        var lowered = ck_interpolation(
          images: problem.images, channels: problem.channels, height: input.x, width: input.y,
          out_height: output.x, out_width: output.y, rows: rows, columns: columns)
        body(&lowered)
      }
    }
  }
}

extension InterpolatedPositions {
  fileprivate func withPointers(_ body: (ck_positions) -> Void) {
    low.withUnsafeBufferPointer { low in
      high.withUnsafeBufferPointer { high in
        weight.withUnsafeBufferPointer { weight in
          body(
            ck_positions(
              low: low.baseAddress, high: high.baseAddress, weight: weight.baseAddress))
        }
      }
    }
  }
}
