internal import CKernels

// Dense 3 x 3 convolutions of float32 by Winograd's minimal filtering, F(4 x 4, 3 x 3): a quarter of
// the multiplications, at about ten times the rounding error of a plain sum.

extension CPUKernels {
  /// Tiles of bfloat16 are faster than a quarter of the multiplications in float32; vectors are not.
  public func goesThroughWinograd(_ problem: ConvolutionProblem) -> Bool {
    problem.isWorthWinograd && !(precision == .bfloat16 && ck_has_tiles() != 0)
  }

  func convolveByWinograd(
    _ problem: ConvolutionProblem, _ x: Source, weight: WeightOperand, _ epilogue: FoldedEpilogue,
    into y: Target
  ) {
    let range = epilogue.activation.range
    let weights = weight.winograd(
      problem, isTransposed: false, scale: epilogue.scale, with: self)
    run(
      problem.winograd, x, weights, epilogue.shift, epilogue.residual?.neededFloats, y,
      range ?? (-.infinity, .infinity))
    guard range == nil else { return }
    apply(epilogue.activation, Source(y), into: y, count: problem.outputCount)
  }

  func convolveBackwardDataByWinograd(
    _ problem: ConvolutionProblem, gradient dy: Source, weight: WeightOperand, into dx: Target
  ) {
    let weights = weight.winograd(problem, isTransposed: true, scale: nil, with: self)
    run(problem.winogradBackwardData, dy, weights, nil, nil, dx, (-.infinity, .infinity))
  }

  func convolveBackwardWeightsByWinograd(
    _ problem: ConvolutionProblem, _ x: Source, gradient dy: Source, into dw: Target
  ) {
    var lowered = problem.winograd
    let scratch = floatScratch(count: ck_winograd_weights_scratch(threadCount, &lowered))
    ck_winograd_weights(threadCount, &lowered, x, dy, dw, scratch)
  }

  private func run(
    _ geometry: ck_winograd, _ x: Source, _ weights: PackedFloats, _ shift: Source?,
    _ residual: Source?, _ y: Target, _ range: (low: Float, high: Float)
  ) {
    var geometry = geometry
    let scratch = floatScratch(count: ck_winograd_scratch(threadCount, &geometry))
    withExtendedLifetime(weights) {
      ck_winograd_convolve(
        threadCount, &geometry, x, weights.floats, shift, residual, range.low, range.high, y,
        scratch)
    }
  }
}

extension ConvolutionProblem {
  /// Whether Winograd's convolution takes less time than a plain one.
  var isWorthWinograd: Bool {
    guard kernel == [3, 3], stride == .one, dilation == .one, groups == 1, padding.max() <= 2,
      min(inputChannels, outputChannels) >= 16
    else { return false }
    let products = inputChannels * outputChannels
    // In multiply-adds. What a tile's transformations cost, and what it costs to fetch and transform
    // the weights, was measured.
    let perTile = products + 13 * (inputChannels + outputChannels)
    let weights = 16 * products
    let time = 36 * ((winogradTiles + 7) / 8 * 8 * perTile + weights)
    return time < 9 * outputPixels * products
  }

  /// Multiply-adds of Winograd's convolution, without transformations.
  var winogradProducts: Int { 36 * winogradTiles * inputChannels * outputChannels }

  /// Tiles of 4 x 4 outputs.
  private var winogradTiles: Int {
    images * ((outputSize.x + 3) / 4) * ((outputSize.y + 3) / 4)
  }

  fileprivate var winograd: ck_winograd {
    ck_winograd(
      images: images, in_channels: inputChannels, out_channels: outputChannels,
      height: inputSize.x, width: inputSize.y, out_height: outputSize.x, out_width: outputSize.y,
      pad_top: padding.x, pad_left: padding.y)
  }

  /// The gradient of the input is a convolution of the output's gradient.
  fileprivate var winogradBackwardData: ck_winograd {
    ck_winograd(
      images: images, in_channels: outputChannels, out_channels: inputChannels,
      height: outputSize.x, width: outputSize.y, out_height: inputSize.x, out_width: inputSize.y,
      pad_top: 2 - padding.x, pad_left: 2 - padding.y)
  }
}

extension PointwiseFunction {
  /// The limits that the function keeps its argument within, if that is what it does.
  var range: (low: Float, high: Float)? {
    switch self {
    case .identity: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .relu6: (0, 6)
    case .clamp(let minimum, let maximum): (minimum, maximum)
    default: nil
    }
  }
}

extension WeightOperand {
  /// The weights in Winograd's domain.
  func winograd(
    _ problem: ConvolutionProblem, isTransposed: Bool, scale: [Float]?, with kernels: CPUKernels
  ) -> PackedFloats {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let (given, taken) = isTransposed ? (inputs, outputs) : (outputs, inputs)
    return packed(
      .winograd(isTransposed: isTransposed, isScaled: scale != nil), constants: scale,
      count: ck_winograd_weight_count(given, taken), with: kernels
    ) { target in
      ck_winograd_pack(
        kernels.threadCount, outputs, inputs, isTransposed ? 1 : 0, values, scale, target)
    }
  }
}
