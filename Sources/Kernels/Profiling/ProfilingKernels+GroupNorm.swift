// MARK: - Normalisation in groups

extension ProfilingKernels {
  public func normalizeGroups(
    _ problem: GroupNormalizationProblem, _ x: Source, _ parameters: ChannelParameters,
    mean: Target, variance: Target, into y: Target
  ) {
    // Read for the sums, and again for the outcome.
    measure(problem, "forward", operations: 5, passes: 3) {
      base.normalizeGroups(problem, x, parameters, mean: mean, variance: variance, into: y)
    }
  }

  public func normalizeGroupsBackward(
    _ problem: GroupNormalizationProblem, _ x: Source, gradient dy: Source, mean: Source,
    variance: Source, _ parameters: ChannelParameters, into gradients: NormalizationGradients
  ) {
    // Both are read for the sums, and again for the gradient, which is written.
    measure(problem, "gradient", operations: 9, passes: 5) {
      base.normalizeGroupsBackward(
        problem, x, gradient: dy, mean: mean, variance: variance, parameters, into: gradients)
    }
  }

  private func measure(
    _ problem: GroupNormalizationProblem, _ pass: String, operations: Int, passes: Int,
    _ body: () -> Void
  ) {
    let count = problem.images * problem.pixels * problem.channels
    profile.measure(
      "normalisation in groups, \(pass)", operations: Double(operations * count),
      elements: passes * count, body)
  }
}
