internal import CKernels

// Convolutions of windows of few channels, as of a network's first layer, as products of bfloat16.

extension CPUKernels {
  /// - Parameter moments: not beside an activation or a residual.
  func convolveWindows(
    _ problem: ConvolutionProblem, _ x: Elements, weight: WeightOperand, _ epilogue: FoldedEpilogue,
    into y: MutableElements, moments: (mean: Target, variance: Target)?
  ) {
    var windows = problem.depthwise
    let scale = epilogue.scale
    let weights = weight.packed(
      .windows(isScaled: scale != nil), constants: scale,
      count: ck_bfloat_weight_bytes(problem.outputChannels, problem.windowTerms)
        / MemoryLayout<Float>.stride,
      with: self
    ) { target in
      let plain = (0..<problem.weightCount).map { weight.values[problem.weightIndex(ofTerm: $0)] }
      ck_bfloat_pack(
        threadCount, problem.outputChannels, problem.windowTerms, 0, 0, plain, scale, target)
    }
    let scratch = byteScratch(count: ck_bfloat_window_scratch_bytes(threadCount, &windows))
    var end = epilogue.end(writing: y.precision)
    withExtendedLifetime(weights) {
      ck_bfloat_convolve_windows(
        threadCount, &windows, problem.outputChannels, x.address, x.precision.flag, weights.floats,
        epilogue.shift, &end, y.address, moments?.mean, moments?.variance, scratch)
    }
  }

  func convolveWindowsBackward(
    _ problem: ConvolutionProblem, _ x: Elements, gradient dy: inout ck_activation_gradient,
    into weight: Target
  ) {
    var windows = problem.depthwise
    let scratch = byteScratch(
      count: ck_bfloat_window_gradient_scratch_bytes(
        threadCount, &windows, problem.outputChannels))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: problem.weightCount) { terms in
      ck_bfloat_window_gradient(
        threadCount, &windows, problem.outputChannels, x.address, x.precision.flag, &dy,
        terms.baseAddress, scratch)
      for index in terms.indices { weight[problem.weightIndex(ofTerm: index)] = terms[index] }
    }
  }
}

extension ConvolutionProblem {
  /// Whether lines of windows are so short that a product of whole windows is worth it: moving them
  /// costs as much for one channel as for ten.
  var hasShortWindows: Bool {
    groups == 1 && dilation == .one && !isPointwise && inputChannels * kernel.y <= 32
  }

  fileprivate var windowTerms: Int { weightCount / outputChannels }

  /// Where `[O, C, kernel]` has what `[O, kernel, C]` has at `index`.
  fileprivate func weightIndex(ofTerm index: Int) -> Int {
    let (output, tap, channel) = (
      index / windowTerms, index % windowTerms / inputChannels, index % inputChannels
    )
    return (output * inputChannels + channel) * (kernel.x * kernel.y) + tap
  }
}
