/// The kernels of another set, each call of which is booked in a profile.
public final class ProfilingKernels: KernelSet {
  let base: any KernelSet
  let profile: KernelProfile

  /// None: kernels are booked one at a time.
  public var workers: [any KernelSet] { [] }

  public func onWorkers(_ body: (_ worker: Int) -> Void) {}

  public init(_ base: any KernelSet, profile: KernelProfile) {
    self.base = base
    self.profile = profile
  }
}

// MARK: - Convolution

extension ProfilingKernels {
  public func precision(of problem: ConvolutionProblem) -> Precision {
    base.precision(of: problem)
  }

  public func readsEitherPrecision(_ problem: ConvolutionProblem) -> Bool {
    base.readsEitherPrecision(problem)
  }

  public func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand, bias: Source?,
    into y: MutableElements
  ) {
    measure(problem, "forward") {
      base.convolve(problem, x, weight: weight, bias: bias, into: y)
    }
  }

  public func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand,
    epilogue: ConvolutionEpilogue, into y: MutableElements
  ) {
    measure(problem, "forward, folded") {
      base.convolve(problem, x, weight: weight, epilogue: epilogue, into: y)
    }
  }

  public func convolveBackwardData(
    _ problem: ConvolutionProblem, gradient dy: Elements, weight: WeightOperand,
    into dx: MutableElements
  ) {
    measure(problem, "data gradient") {
      base.convolveBackwardData(problem, gradient: dy, weight: weight, into: dx)
    }
  }

  public func arrangeForWorkers(
    _ weight: WeightOperand, of problem: ConvolutionProblem, isBackward: Bool
  ) {
    base.arrangeForWorkers(weight, of: problem, isBackward: isBackward)
  }

  public func goesThroughWinograd(_ problem: ConvolutionProblem) -> Bool {
    base.goesThroughWinograd(problem)
  }

  public func partByteCount(of problem: ConvolutionProblem) -> Int {
    base.partByteCount(of: problem)
  }

  public func convolveBackwardWeights(
    _ problem: ConvolutionProblem, _ x: Elements, gradient dy: Elements, into dw: Target,
    bias db: Target?
  ) {
    measure(problem, "weight gradient") {
      base.convolveBackwardWeights(problem, x, gradient: dy, into: dw, bias: db)
    }
  }

  private func measure(_ problem: ConvolutionProblem, _ pass: String, _ body: () -> Void) {
    let kind =
      problem.isDepthwise
      ? "depthwise"
      : base.goesThroughWinograd(problem)
        ? "3x3 (Winograd)" : problem.kernel == [1, 1] && problem.groups == 1 ? "1x1" : "dense"
    let products = base.goesThroughWinograd(problem) ? problem.winogradProducts : problem.products
    profile.measure(
      "convolution \(kind), \(pass)", operations: 2 * Double(products),
      elements: (problem.inputCount + problem.outputCount) * precision(of: problem).byteCount / 4
        + problem.weightCount, body)
  }
}

// MARK: - Normalisation

extension ProfilingKernels {
  public func channelStatistics(
    _ x: Elements, pixels: Int, channels: Int, mean: Target, variance: Target
  ) {
    profile.measure(
      "normalisation, statistics", operations: 3 * Double(pixels * channels),
      elements: pixels * channels * x.precision.byteCount / 4
    ) {
      base.channelStatistics(x, pixels: pixels, channels: channels, mean: mean, variance: variance)
    }
  }

  public func updateRunning(
    mean: Source, variance: Source, pixels: Int, channels: Int, share: Float,
    runningMean: Target?, runningVariance: Target?
  ) {
    profile.measure("normalisation, running statistics", elements: 4 * channels) {
      base.updateRunning(
        mean: mean, variance: variance, pixels: pixels, channels: channels, share: share,
        runningMean: runningMean, runningVariance: runningVariance)
    }
  }
}

extension ProfilingKernels {
  public func apply(
    _ f: ChannelFunction, _ x: Elements, pixels: Int, channels: Int, into y: MutableElements
  ) {
    let count = pixels * channels
    profile.measure(
      "normalisation, forward", operations: 2 * Double(count),
      elements: count * (x.precision.byteCount + y.precision.byteCount) / 4
    ) {
      base.apply(f, x, pixels: pixels, channels: channels, into: y)
    }
  }

  public func channelGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target
  ) {
    let count = pixels * channels
    profile.measure(
      "normalisation, gradient sums", operations: 5 * Double(count),
      elements: count * (x.precision.byteCount + dy.precision.byteCount) / 4
    ) {
      base.channelGradientSums(
        f, x, gradient: dy, pixels: pixels, channels: channels, center: center, sum: sum,
        product: product)
    }
  }

  public func applyWithGradientSums(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    center: Source, sum: Target, product: Target, into y: MutableElements
  ) {
    let count = pixels * channels
    profile.measure(
      "normalisation, gradient sums", operations: 7 * Double(count),
      elements: count * (x.precision.byteCount + dy.precision.byteCount + y.precision.byteCount) / 4
    ) {
      base.applyWithGradientSums(
        f, x, gradient: dy, pixels: pixels, channels: channels, center: center, sum: sum,
        product: product, into: y)
    }
  }

  public func channelGradient(
    _ f: ChannelFunction, _ x: Elements, gradient dy: Elements, pixels: Int, channels: Int,
    a: Source, b: Source, c: Source, into dx: MutableElements
  ) {
    let count = pixels * channels
    profile.measure(
      "normalisation, gradient", operations: 6 * Double(count),
      elements: count * (x.precision.byteCount + dy.precision.byteCount + dx.precision.byteCount)
        / 4
    ) {
      base.channelGradient(
        f, x, gradient: dy, pixels: pixels, channels: channels, a: a, b: b, c: c, into: dx)
    }
  }
}

// MARK: - Matrices

extension ProfilingKernels {
  public func multiply(
    rows: Int, columns: Int, inner: Int, _ a: Source, transposesA: Bool, _ b: Source,
    transposesB: Bool, into c: Target, adds: Bool
  ) {
    profile.measure(
      "matrix product", operations: 2 * Double(rows) * Double(columns) * Double(inner),
      elements: rows * inner + inner * columns + rows * columns
    ) {
      base.multiply(
        rows: rows, columns: columns, inner: inner, a, transposesA: transposesA, b,
        transposesB: transposesB, into: c, adds: adds)
    }
  }
}

// MARK: - Optimizers

extension ProfilingKernels {
  public func updateSGD(
    _ rule: SGDRule, value: Target, gradient: Source?, buffer: Target?, isFirst: Bool, count: Int
  ) {
    profile.measure("optimizer", operations: 6 * Double(count), elements: 5 * count) {
      base.updateSGD(
        rule, value: value, gradient: gradient, buffer: buffer, isFirst: isFirst, count: count)
    }
  }

  public func updateAdam(
    _ rule: AdamRule, value: Target, gradient: Source?, moments: AdamMoments, count: Int
  ) {
    profile.measure("optimizer", operations: 12 * Double(count), elements: 7 * count) {
      base.updateAdam(rule, value: value, gradient: gradient, moments: moments, count: count)
    }
  }
}
