internal import Kernels

/// A convolution part by part: its input, or the gradient of its output, may be pending.
///
/// Parts go to the device's workers in turn, each with kernels of its own: they need not wait for
/// each other at every step. Which worker takes which part is fixed, and results are joined in the
/// order of the parts, so the same number of workers gives the same bits.
struct PartialConvolution {
  let problem: ConvolutionProblem
  /// Of what kernels read, and of the output.
  let precision: Precision
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
    if let operand = chainOperand(of: input) {
      return forwardChain(operand, into: output, gathersMoments: gathersMoments)
    }
    let plan = PartPlan(problem, precision, kernels)
    let channels = problem.outputChannels
    let given = kernels.readsEitherPrecision(problem) && input.isKept ? input.precision : precision
    let readers = plan.teams.map { _ in PartReader(input, as: given, partSize: plan.inputSize) }
    let moments =
      gathersMoments
      ? Tensor.uninitialized([plan.parts.count, 2, channels], on: output.device) : nil
    let (result, operand) = (output.mutableElements, weight.weightOperand)
    plan.arrange(operand, isBackward: false)
    plan.run { worker, kernels, index, images in
      let part = plan.part(images)
      let target = result + part.outputs.lowerBound * channels
      kernels.convolve(
        part.problem, readers[worker].part(part.inputs, with: kernels), weight: operand,
        bias: bias?.value.source, into: target)
      if let moments {
        let mean = moments.target + 2 * index * channels
        kernels.channelStatistics(
          Elements(target), pixels: part.outputs.count, channels: channels, mean: mean,
          variance: mean + channels)
      }
    }
    guard let moments else { return nil }
    var joined = ChannelMoments(channels: channels)
    for (index, images) in plan.parts.enumerated() {
      let means = moments.source + 2 * index * channels
      joined.add(
        means: means, variances: means + channels,
        pixels: plan.part(images).outputs.count)
    }
    return joined.tensors(on: output.device)
  }

  // MARK: Backward

  /// The gradients that are wanted; those that are not are `nil`.
  struct Gradients {
    var weight: Tensor?
    var bias: Tensor?
    var input: Tensor?
  }

  /// Room for the gradient of `input`: as compact as the value that the normalisation before was
  /// computed from, if there is one that will read both.
  func makeInputGradient(_ input: Tensor) -> Tensor {
    let normalization = input.pending as? PendingNormalization
    return .activation(
      input.shape, precision == .bfloat16 ? normalization?.input.precision ?? .float32 : .float32,
      on: input.device)
  }

  /// - Parameters:
  ///   - input: as in the forward pass.
  ///   - gradient: of the output; may be pending.
  ///   - results: tensors to fill. The input's learns the sums over its channels that the
  ///     normalisation before needs, if the input is a pending one.
  func backward(_ input: Tensor, gradient: Tensor, into results: Gradients) {
    if backwardChain(input, gradient: gradient, into: results) { return }
    let plan = PartPlan(problem, precision, kernels)
    let normalization = results.input == nil ? nil : input.pending as? PendingNormalization
    let sums = plan.parts.map { _ in
      normalization.map { ChannelGradientSums(channels: $0.channels, on: input.device) }
    }
    let gradients = plan.teams.map { _ in
      PartReader(gradient, as: precision, partSize: plan.outputSize)
    }
    let inputs = plan.teams.map { _ in
      results.weight == nil ? nil : PartReader(input, as: precision, partSize: plan.inputSize)
    }
    let weights = WeightSums.teams(plan, results)
    let (dx, operand) = (results.input?.mutableElements, weight.weightOperand)
    if dx != nil { plan.arrange(operand, isBackward: true) }
    plan.run { worker, kernels, index, images in
      let part = plan.part(images)
      let dy = gradients[worker].part(part.outputs, with: kernels)
      var x: Elements?
      if let dx {
        let target = dx + part.inputs.lowerBound * problem.inputChannels
        kernels.convolveBackwardData(part.problem, gradient: dy, weight: operand, into: target)
        if let normalization, let sums = sums[index] {
          // One pass gives the sums and, for the weights' gradient, the input.
          let outputs = inputs[worker]?.target
          normalization.gradientSums(
            pixels: part.inputs, gradient: Elements(target), into: sums, outputs: outputs,
            with: kernels)
          x = outputs.map { Elements($0) }
        }
      }
      if let input = x ?? inputs[worker]?.part(part.inputs, with: kernels) {
        weights[worker].add(part.problem, input, gradient: dy, with: kernels)
      }
    }
    WeightSums.join(weights)
    if let normalization, let first = sums.first, first != nil {
      results.input?.storage.knowledge = .gradientSums(
        .joined(sums.compactMap(\.self)), of: normalization)
    }
  }
}

/// Who computes which images of a convolution.
private struct PartPlan {
  /// What the parts are parts of: the convolution, or the same with its images cut into smaller
  /// ones, where pixels do not depend on their neighbours.
  private let problem: ConvolutionProblem
  /// Of images of `problem`.
  let parts: [Range<Int>]
  /// Pixels in the input and in the output of a part, at most.
  let inputSize: Int
  let outputSize: Int
  /// Kernels for each of those who take parts in turn.
  let teams: [any KernelSet]
  private let kernels: any KernelSet

  init(_ whole: ConvolutionProblem, _ precision: Precision, _ kernels: any KernelSet) {
    self.kernels = kernels
    let budget = kernels.partByteCount(of: whole) / precision.byteCount
    let problem = whole.cut(elementCount: budget)
    self.problem = problem
    let images = problem.images
    let workers = kernels.workers
    // With fewer images than workers, all work on each; so they do where copies of the weights and
    // of their gradient for each worker would be much beside the images. Winograd's have few.
    let hasLargeCopies = whole.isMostlyWeights && !kernels.goesThroughWinograd(whole)
    let isShared = workers.isEmpty || images < workers.count || hasLargeCopies
    let share = isShared ? images : (images + workers.count - 1) / workers.count
    let most = min(max(budget / max(problem.elementsPerImage, 1), 1), max(share, 1))
    // Equal parts need one primitive; a rest would need another.
    let divisor = stride(from: most, to: 0, by: -1).first { share % $0 == 0 } ?? most
    let size = 2 * divisor > most ? divisor : most
    parts = stride(from: 0, to: images, by: size).map { $0..<min($0 + size, images) }
    inputSize = size * problem.inputPixels
    outputSize = size * problem.outputPixels
    teams = isShared ? [kernels] : workers
  }

  /// - Returns: the convolution of these images, and their pixels.
  func part(
    _ images: Range<Int>
  ) -> (problem: ConvolutionProblem, inputs: Range<Int>, outputs: Range<Int>) {
    var part = problem
    part.images = images.count
    return (part, images.scaled(by: problem.inputPixels), images.scaled(by: problem.outputPixels))
  }

  /// Spares the teams an arrangement of the weights for each.
  func arrange(_ weight: WeightOperand, isBackward: Bool) {
    guard teams.count > 1, let first = parts.first else { return }
    kernels.arrangeForWorkers(weight, of: part(first).problem, isBackward: isBackward)
  }

  /// Calls `body` for each part, those of one team in order.
  func run(
    _ body: (_ team: Int, _ kernels: any KernelSet, _ index: Int, _ images: Range<Int>) -> Void
  ) {
    kernels.run(parts: parts.count, by: teams) { team, kernels, index in
      body(team, kernels, index, parts[index])
    }
  }
}

extension Range<Int> {
  fileprivate func scaled(by factor: Int) -> Range<Int> {
    (lowerBound * factor)..<(upperBound * factor)
  }
}

/// Gradients of weight and bias, summed up over the parts that one team takes.
private final class WeightSums {
  private let weight: Tensor?
  private let bias: Tensor?
  private let partWeight: Tensor?
  private let partBias: Tensor?
  private var isEmpty = true

  /// - Parameters:
  ///   - hasSeveral: whether there is more than one part to add.
  private init(weight: Tensor?, bias: Tensor?, hasSeveral: Bool) {
    self.weight = weight
    self.bias = bias
    partWeight = hasSeveral ? weight?.makeAlike() : nil
    partBias = hasSeveral ? bias?.makeAlike() : nil
  }

  /// For each team; the first one's are the results themselves.
  static func teams(_ plan: PartPlan, _ results: PartialConvolution.Gradients) -> [WeightSums] {
    plan.teams.indices.map { team in
      WeightSums(
        weight: team == 0 ? results.weight : results.weight?.makeAlike(),
        bias: team == 0 ? results.bias : results.bias?.makeAlike(),
        hasSeveral: plan.parts.count > plan.teams.count)
    }
  }

  func add(
    _ part: ConvolutionProblem, _ input: Elements, gradient: Elements, with kernels: any KernelSet
  ) {
    guard let dw = isEmpty ? weight : partWeight else { return }
    let db = isEmpty ? bias : partBias
    kernels.convolveBackwardWeights(
      part, input, gradient: gradient, into: dw.target, bias: db?.target)
    for case (let sum?, let part?) in [(weight, dw), (bias, db)] where !isEmpty {
      kernels.add(part.source, scale: 1, to: sum.target, count: sum.shape.count)
    }
    isEmpty = false
  }

  /// Adds the sums of all teams to the first one's.
  static func join(_ teams: [WeightSums]) {
    for case let result? in [teams[0].weight, teams[0].bias] where teams[0].isEmpty {
      result.kernels.fill(result.target, with: 0, count: result.shape.count)
    }
    for other in teams.dropFirst() where !other.isEmpty {
      if let part = other.weight { teams[0].weight?.addInPlace(part) }
      if let part = other.bias { teams[0].bias?.addInPlace(part) }
    }
  }
}

extension ConvolutionProblem {
  /// Of one image.
  fileprivate var inputPixels: Int { inputSize.x * inputSize.y }
  fileprivate var outputPixels: Int { outputSize.x * outputSize.y }

  /// Whether the weights are large beside input and output, and these not small themselves.
  fileprivate var isMostlyWeights: Bool {
    let elements = images * elementsPerImage
    return elements > 1 << 20 && 4 * weightCount > elements
  }

  /// Of input and output together.
  fileprivate var elementsPerImage: Int {
    inputChannels * inputPixels + outputChannels * outputPixels
  }

  /// The same with images of at most `elementCount` in input and output, as far as they can be cut
  /// into equal ones.
  fileprivate func cut(elementCount: Int) -> ConvolutionProblem {
    guard isPointwise, elementsPerImage > elementCount else { return self }
    let least = (elementsPerImage + elementCount - 1) / elementCount
    guard
      let count = (least...(4 * least)).first(where: { inputPixels % $0 == 0 })
    else { return self }
    var problem = self
    problem.images *= count
    problem.inputSize = [1, inputPixels / count]
    return problem
  }
}
