internal import Kernels

extension ConvolutionProblem {
  /// How many images to compute at once, so that what goes in and comes out stays in the cache for
  /// the kernels before and behind.
  func partSize(_ kernels: any KernelSet) -> Int {
    let inputs = inputChannels * inputSize.x * inputSize.y
    let outputs = outputChannels * outputSize.x * outputSize.y
    let perImage = MemoryLayout<Float>.stride * max(inputs + outputs, 1)
    let most = min(max(kernels.partByteCount / perImage, 1), max(images, 1))
    // Equal parts need one primitive; a rest would need another.
    let divisor = Swift.stride(from: most, to: 0, by: -1).first { images % $0 == 0 } ?? most
    return 2 * divisor > most ? divisor : most
  }

  /// The same for fewer images.
  func part(_ count: Int) -> ConvolutionProblem {
    var part = self
    part.images = count
    return part
  }

  /// The images, a part at a time.
  func parts(of size: Int) -> [Range<Int>] {
    Swift.stride(from: 0, to: images, by: size).map { $0..<min($0 + size, images) }
  }
}

/// A convolution part by part: its input, or the gradient of its output, may be pending.
struct PartialConvolution {
  let problem: ConvolutionProblem
  let weight: Parameter
  let bias: Parameter?
  let kernels: any KernelSet

  // MARK: Forward

  /// - Parameters:
  ///   - output: takes the result, `[N, O, H', W']`.
  ///   - gathersMoments: whether mean and variance of the output's channels are wanted.
  /// - Returns: these, each `[O]`.
  func forward(
    _ input: Tensor, into output: Tensor, gathersMoments: Bool
  ) -> (mean: Tensor, variance: Tensor)? {
    let size = problem.partSize(kernels)
    let reader = PartReader(input, partSize: size)
    var moments = gathersMoments ? ChannelMoments(channels: problem.outputChannels) : nil
    for images in problem.parts(of: size) {
      let target = output.target + images.lowerBound * problem.outputsPerImage
      kernels.convolve(
        problem.part(images.count), reader.part(images), weight: weight.weightOperand,
        bias: bias?.value.source, into: target)
      moments?.add(
        UnsafePointer(target), pixels: images.count * problem.outputPixelsPerImage, of: output)
    }
    return moments?.tensors(on: output.device)
  }

  // MARK: Backward

  /// The gradients that are wanted; those that are not are `nil`.
  struct Gradients {
    var weight: Tensor?
    var bias: Tensor?
    var input: Tensor?
  }

  /// - Parameters:
  ///   - input: as in the forward pass.
  ///   - gradient: of the output; may be pending.
  ///   - results: tensors to fill. The input's learns the sums over its channels that the
  ///     normalisation before needs, if the input is a pending one.
  func backward(_ input: Tensor, gradient: Tensor, into results: Gradients) {
    let size = problem.partSize(kernels)
    let outputs = PartReader(gradient, partSize: size)
    let normalization = results.input == nil ? nil : input.pending as? PendingNormalization
    let inputs = results.weight == nil ? nil : PartReader(input, partSize: size)
    let sums = normalization.map {
      ChannelGradientSums(channels: $0.channels, on: input.device)
    }
    // Each part has a gradient of the weights of its own, which is added to the first one's.
    let parts = problem.parts(of: size)
    if parts.isEmpty {
      for result in [results.weight, results.bias].compactMap(\.self) {
        kernels.fill(result.target, with: 0, count: result.shape.count)
      }
    }
    let rest = parts.count > 1 ? results.weight?.makeAlike() : nil
    let biasRest = parts.count > 1 ? results.bias?.makeAlike() : nil
    for (index, images) in parts.enumerated() {
      let part = problem.part(images.count)
      let dy = outputs.part(images)
      if let inputs, let dw = index == 0 ? results.weight : rest {
        let db = index == 0 ? results.bias : biasRest
        kernels.convolveBackwardWeights(
          part, inputs.part(images), gradient: dy, into: dw.target, bias: db?.target)
        if index > 0 {
          results.weight?.addInPlace(dw)
          if let db { results.bias?.addInPlace(db) }
        }
      }
      if let dx = results.input {
        let target = dx.target + images.lowerBound * problem.inputsPerImage
        kernels.convolveBackwardData(
          part, gradient: dy, weight: weight.weightOperand, into: target)
        if let sums {
          normalization?.add(to: sums, images: images, gradient: UnsafePointer(target))
        }
      }
    }
    if let sums, let normalization {
      results.input?.storage.knowledge = .gradientSums(sums, of: normalization)
    }
  }
}

extension ConvolutionProblem {
  fileprivate var inputsPerImage: Int { inputChannels * inputSize.x * inputSize.y }
  fileprivate var outputPixelsPerImage: Int { outputSize.x * outputSize.y }
  fileprivate var outputsPerImage: Int { outputChannels * outputPixelsPerImage }
}
