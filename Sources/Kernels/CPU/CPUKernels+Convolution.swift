internal import CKernels

extension CPUKernels {
  /// A few times a processor's own cache, which the rest of the caches then serves. Not asked of the
  /// machine: the same parts everywhere give the same bits.
  public func partByteCount(of problem: ConvolutionProblem) -> Int {
    // Each part reads all weights and adds to their gradient: these should not outweigh it.
    let weights = problem.weightCount * MemoryLayout<Float>.stride
    return max(min(max(2 << 20, 8 * weights), 8 << 20), 2 * weights)
  }

  public func precision(of problem: ConvolutionProblem) -> Precision {
    // oneDNN has no fast bfloat16 for groups of some other number of channels.
    let isFast =
      problem.groups == 1 || problem.isDepthwise
      || problem.inputChannels / problem.groups % 16 == 0
        && problem.outputChannels / problem.groups % 16 == 0
    return isFast && !goesThroughWinograd(problem) ? precision : .float32
  }

  public func readsEitherPrecision(_ problem: ConvolutionProblem) -> Bool {
    let method = method(of: problem)
    return precision == .bfloat16 && (method == .pointwise || method == .windows)
  }

  public func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand, bias: Source?,
    into y: MutableElements
  ) {
    convolve(problem, x, weight: weight, FoldedEpilogue(shift: bias), into: y)
  }

  public func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand,
    epilogue: ConvolutionEpilogue, into y: MutableElements
  ) {
    let (scale, shift) = epilogue.folded(channels: problem.outputChannels)
    var folded = FoldedEpilogue(
      scale: scale, residual: epilogue.residual, activation: epilogue.activation)
    guard let shift else {
      convolve(problem, x, weight: weight, folded, into: y)
      return
    }
    shift.withUnsafeBufferPointer {
      folded.shift = $0.baseAddress
      convolve(problem, x, weight: weight, folded, into: y)
    }
  }

  private func convolve(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand,
    _ epilogue: FoldedEpilogue, into y: MutableElements
  ) {
    guard !problem.isEmpty else { return }
    let hasOnlyLimits = epilogue.residual == nil && epilogue.activation.range != nil
    switch method(of: problem) {
    case .depthwise where y.precision == .float32 || hasOnlyLimits:
      convolveDepthwise(problem, x, weight: weight, epilogue, into: y)
    case .pointwise where precision == .bfloat16:
      var input = ActivationOperand(x).lowered
      convolveCompact(problem, &input, weight: weight, epilogue, into: y, moments: nil)
    case .pointwise:
      convolvePointwise(problem, x.neededFloats, weight: weight, epilogue, into: y.neededFloats)
    case .windows:
      convolveWindows(problem, x, weight: weight, epilogue, into: y, moments: nil)
    case .winograd where x.precision == .float32:
      convolveByWinograd(problem, x.neededFloats, weight: weight, epilogue, into: y.neededFloats)
    case .winograd, .depthwise, .general:
      convolveByOneDNN(problem, x, weight: weight, epilogue, into: y)
    }
  }

  private func convolveByOneDNN(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand,
    _ epilogue: FoldedEpilogue, into y: MutableElements
  ) {
    prepareThreads()
    // oneDNN's faster kernels add nothing that is not in the target already.
    let key = ConvolutionKey(
      problem: problem, direction: .forward, hasBias: epilogue.shift != nil,
      activation: epilogue.residual == nil ? epilogue.activation : .identity,
      image: x.precision, result: y.precision)
    oneDNN.primitive(key).forward(
      x, weight: weight, scale: epilogue.scale, bias: epilogue.shift, into: y)
    guard let residual = epilogue.residual else { return }
    guard let target = y.floats else {
      preconditionFailure("a residual is added to \(y.precision)")
    }
    addResidual(residual, epilogue.activation, to: target, count: problem.outputCount)
  }

  /// y = activation(y + residual)
  func addResidual(
    _ residual: Elements, _ activation: PointwiseFunction, to y: Target, count: Int
  ) {
    withFloats(residual, count: count) {
      ck_apply_to_sum(threadCount, activation.lowered, $0, y, count)
    }
  }

  public func convolveBackwardData(
    _ problem: ConvolutionProblem, gradient dy: Elements, weight: WeightOperand,
    into dx: MutableElements
  ) {
    guard !problem.isEmpty else {
      writingFloats(dx, count: problem.inputCount) {
        fill($0, with: 0, count: problem.inputCount)
      }
      return
    }
    if let source = dy.floats, let target = dx.floats, method(of: problem) == .winograd {
      convolveBackwardDataByWinograd(problem, gradient: source, weight: weight, into: target)
      return
    }
    prepareThreads()
    let key = ConvolutionKey(
      problem: problem, direction: .backwardData, hasBias: false, activation: .identity,
      image: dx.precision, result: dy.precision)
    oneDNN.primitive(key).backwardData(gradient: dy, weight: weight, into: dx)
  }

  public func arrangeForWorkers(
    _ weight: WeightOperand, of problem: ConvolutionProblem, isBackward: Bool
  ) {
    // oneDNN's arrangements belong to one primitive each, and the others are small.
    guard method(of: problem) == .winograd else { return }
    _ = weight.winograd(problem, isTransposed: isBackward, scale: nil, with: self)
  }

  public func convolveBackwardWeights(
    _ problem: ConvolutionProblem, _ x: Elements, gradient dy: Elements, into dw: Target,
    bias db: Target?
  ) {
    guard !problem.isEmpty else {
      fill(dw, with: 0, count: problem.weightCount)
      if let db { fill(db, with: 0, count: problem.outputChannels) }
      return
    }
    if problem.isDepthwise, !problem.hasFastDepthwiseWeightGradient {
      var lowered = problem.depthwise
      ck_depthwise_weights(threadCount, &lowered, x.precision.flag, x.address, dy.address, dw)
      if let db { sumOutputs(problem, dy, into: db) }
      return
    }
    if let x = x.floats, let source = dy.floats, method(of: problem) == .winograd {
      convolveBackwardWeightsByWinograd(problem, x, gradient: source, into: dw)
      if let db { sumOutputs(problem, dy, into: db) }
      return
    }
    prepareThreads()
    let key = ConvolutionKey(
      problem: problem, direction: .backwardWeights, hasBias: db != nil, activation: .identity,
      image: x.precision, result: dy.precision)
    oneDNN.primitive(key).backwardWeights(x, gradient: dy, into: dw, bias: db)
  }

  /// The gradient of a bias.
  private func sumOutputs(_ problem: ConvolutionProblem, _ dy: Elements, into db: Target) {
    withFloats(dy, count: problem.outputCount) { dy in
      ck_reduce(threadCount, dy, db, 1, problem.outputPixels, problem.outputChannels, 1, 0)
    }
  }
}

/// Which kernels compute a convolution of floats.
enum ConvolutionMethod {
  case winograd, depthwise, pointwise
  /// A product of windows of few channels, in bfloat16; the input's gradient as of general ones.
  case windows
  /// oneDNN's.
  case general
}

/// A ``ConvolutionEpilogue`` with the normalisation in the weights:
/// `y = activation(x * weight * scale + shift + residual)`.
struct FoldedEpilogue {
  /// A factor of each output channel's weights; `nil` for 1.
  var scale: [Float]?
  /// What is added to each output channel; `nil` for 0.
  var shift: Source?
  var residual: Elements?
  var activation = PointwiseFunction.identity
}

extension ConvolutionProblem {
  /// Whether there is nothing to compute: no image, or no pixel in the output.
  var isEmpty: Bool { images == 0 || outputSize.x == 0 || outputSize.y == 0 }

  var outputPixels: Int { images * outputSize.x * outputSize.y }

  /// Whether oneDNN 2.6 has a fast weight gradient for a depthwise convolution. For all others it
  /// has one that takes 3 to 100 times as long.
  fileprivate var hasFastDepthwiseWeightGradient: Bool {
    kernel == [3, 3] && dilation == [1, 1] && padding == [1, 1] && stride.max() <= 2
      && inputSize.min() > 3
  }

  var depthwise: ck_depthwise {
    ck_depthwise(
      images: images, channels: inputChannels, height: inputSize.x, width: inputSize.y,
      out_height: outputSize.x, out_width: outputSize.y, kernel_height: kernel.x,
      kernel_width: kernel.y, stride_height: stride.x, stride_width: stride.y,
      pad_top: padding.x, pad_left: padding.y, dilation_height: dilation.x,
      dilation_width: dilation.y)
  }

  var inputCount: Int { images * inputChannels * inputSize.x * inputSize.y }

  var outputCount: Int { outputPixels * outputChannels }

  /// Multiply-adds.
  var products: Int { outputPixels * weightCount }

  public var weightCount: Int { outputChannels * (inputChannels / groups) * kernel.x * kernel.y }
}

extension ConvolutionEpilogue {
  /// The factor of each channel's weights and what is added behind, `nil` for 1 and 0.
  func folded(channels: Int) -> (scale: [Float]?, shift: [Float]?) {
    guard let normalization else {
      return (nil, bias.map { Array(UnsafeBufferPointer(start: $0, count: channels)) })
    }
    let (parameters, epsilon) = (normalization.parameters, normalization.epsilon)
    let scale = (0..<channels).map { channel in
      (parameters.weight?[channel] ?? 1)
        / (normalization.variance[channel] + epsilon).squareRoot()
    }
    let shift = (0..<channels).map { channel in
      (parameters.bias?[channel] ?? 0)
        + ((bias?[channel] ?? 0) - normalization.mean[channel]) * scale[channel]
    }
    return (scale, shift)
  }
}
