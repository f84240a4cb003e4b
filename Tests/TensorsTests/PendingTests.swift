import TestKit
import Testing

@testable import Tensors

/// Values between convolutions that are computed part by part, against the same computed whole.
@Suite struct PendingTests {
  private let cpu = CPU(threads: 2)

  private func tensor(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor(
      channelsLast: (0..<shape.count).map { _ in Float(generator.uniform(-1, 1)) }, shape: shape,
      on: cpu)
  }

  private func parameter(_ shape: Shape, seed: UInt64) -> Parameter {
    var generator = Generator(seed: seed)
    return Parameter(
      Tensor((0..<shape.count).map { _ in Float(generator.uniform(-1, 1)) }, shape: shape, on: cpu))
  }

  /// Three convolutions with normalisation between: the loss, then all gradients.
  ///
  /// - Parameter forced: whether each normalised value is asked for as a whole.
  private func pass(images: Int, size: Int, forced: Bool) -> [[Float]] {
    let first = parameter([24, 6, 1, 1], seed: 1)
    let second = parameter([24, 1, 3, 3], seed: 2)
    let third = parameter([12, 24, 1, 1], seed: 4)
    let norms = (0..<4).map { parameter([24], seed: UInt64(10 + $0)) }
    let tape = Tape()
    let input = tape.watch(tensor([images, 6, size, size], seed: 3), needsGradient: true)
    var value = conv2d(input, weight: first, ConvolutionGeometry(), gathersMoments: !forced)
    value = batchNormTraining(
      value, weight: norms[0], bias: norms[1], runningMean: nil, runningVariance: nil,
      momentum: 0, epsilon: 1e-5, activation: .swish)
    #expect(value.pending != nil)
    if forced { _ = value.values }
    value = conv2d(
      value, weight: second, ConvolutionGeometry(padding: [1, 1], groups: 24),
      gathersMoments: !forced)
    value = batchNormTraining(
      value, weight: norms[2], bias: norms[3], runningMean: nil, runningVariance: nil,
      momentum: 0, epsilon: 1e-5, activation: .tanh)
    if forced { _ = value.values }
    value = conv2d(value, weight: third, ConvolutionGeometry())
    let loss = (value * value * value).mean()
    tape.backward(from: loss)
    let gradients = ([first, second, third] + norms).map { parameter -> [Float] in
      guard case .value(let gradient) = parameter.gradient else { return [] }
      return gradient.values
    }
    return [loss.values, tape.gradient(of: input)?.values ?? []] + gradients
  }

  @Test(arguments: [(1, 9), (2, 7), (5, 12), (4, 128), (2, 150)])
  func partsGiveWhatTheWholeGives(images: Int, size: Int) {
    let parts = pass(images: images, size: size, forced: false)
    let whole = pass(images: images, size: size, forced: true)
    for (part, whole) in zip(parts, whole) {
      #expect(!whole.isEmpty)
      #expect(relativeError(part, whole) < 2e-4)
    }
    #expect(pass(images: images, size: size, forced: false) == parts, "not the same bits again")
  }

  /// Where pixels do not depend on their neighbours, the parts of a large image are images themselves.
  @Test func pixelsOfLargeImagesAreComputedAlike() throws {
    func pass(_ shape: Shape) throws -> [[Float]] {
      let (weight, bias) = (parameter([24, 6, 1, 1], seed: 1), parameter([24], seed: 2))
      let tape = Tape()
      let input = tape.watch(tensor(shape, seed: 3), needsGradient: true)
      let value = conv2d(
        input, weight: weight, bias: bias, ConvolutionGeometry(), gathersMoments: true)
      guard case .moments(let mean, let variance) = value.storage.knowledge else { return [] }
      tape.backward(from: (value * value).mean())
      let gradients = [weight, bias].map { parameter -> [Float] in
        guard case .value(let gradient) = parameter.gradient else { return [] }
        return gradient.values
      }
      // In the order of memory, which is the same for both shapes.
      let inputGradient = try #require(tape.gradient(of: input))
      return [Array(value.floats), mean.values, variance.values, Array(inputGradient.floats)]
        + gradients
    }
    let (large, small) = (try pass([3, 6, 150, 152]), try pass([450, 6, 1, 152]))
    #expect(large.count == 6)
    for (large, small) in zip(large, small) {
      #expect(!small.isEmpty)
      #expect(relativeError(large, small) < 1e-5)
    }
  }

  @Test func sumsOfAGradientThatGrowsAreForgotten() {
    // The normalised value is read twice, so its gradient has two contributions.
    func gradients(forced: Bool) -> [[Float]] {
      let weights = [parameter([8, 4, 1, 1], seed: 1), parameter([8, 8, 1, 1], seed: 2)]
      let scale = parameter([8], seed: 4)
      let tape = Tape()
      let input = tape.watch(tensor([3, 4, 10, 10], seed: 3))
      let value = batchNormTraining(
        conv2d(input, weight: weights[0], ConvolutionGeometry(), gathersMoments: true),
        weight: scale, bias: nil, runningMean: nil, runningVariance: nil, momentum: 0,
        epsilon: 1e-5, activation: .sigmoid)
      if forced { _ = value.values }
      let left = conv2d(value, weight: weights[1], ConvolutionGeometry())
      let right = conv2d(value, weight: weights[1], ConvolutionGeometry())
      tape.backward(from: (left * right).mean())
      return (weights + [scale]).map { parameter -> [Float] in
        guard case .value(let gradient) = parameter.gradient else { return [] }
        return gradient.values
      }
    }
    for (part, whole) in zip(gradients(forced: false), gradients(forced: true)) {
      #expect(relativeError(part, whole) < 2e-5)
    }
  }

  /// What a residual block ends with, over a plain shortcut and one with a normalisation of its own.
  @Test(arguments: [false, true], [Activation.relu, .identity, .swish])
  func sumsWithNormalizationsAreWhatTheyAreWhole(hasProjection: Bool, activation: Activation) {
    func pass(forced: Bool) -> [[Float]] {
      let weights = (0..<2).map { parameter([12, 6, 1, 1], seed: 1 + $0) }
      let norms = (0..<4).map { parameter([12], seed: 10 + $0) }
      let tape = Tape()
      let input = tape.watch(tensor([3, 6, 90, 90], seed: 3), needsGradient: true)
      func branch(_ index: Int) -> Tensor {
        let value = batchNormTraining(
          conv2d(input, weight: weights[index], ConvolutionGeometry(), gathersMoments: true),
          weight: norms[2 * index], bias: norms[2 * index + 1], runningMean: nil,
          runningVariance: nil, momentum: 0, epsilon: 1e-5)
        #expect(value.pending != nil)
        if forced { _ = value.values }
        return value
      }
      let shortcut =
        hasProjection ? branch(1) : conv2d(input, weight: weights[1], ConvolutionGeometry())
      let sum = branch(0) + shortcut
      #expect((sum.pendingSum != nil) == !forced)
      let value = activate(sum, activation)
      if activation == .relu, !forced { #expect(sum.pendingSum != nil, "the sum was computed") }
      tape.backward(from: (value * tensor(value.shape, seed: 5)).sum())
      return [value.values, sum.values, tape.gradient(of: input)?.values ?? []]
        + (weights + norms).map { parameter -> [Float] in
          guard case .value(let gradient) = parameter.gradient else { return [] }
          return gradient.values
        }
    }
    #expect(pass(forced: false) == pass(forced: true))
  }

  /// The ends of residual blocks, each with the output of the one before given up.
  @Test func forgottenElementsComeBack() {
    let weights = (0..<3).map { parameter([6, 6, 1, 1], seed: 1 + $0) }
    func pass(forgets: Bool) -> (values: [[Float]], peak: Int) {
      let cpu = CPU(threads: 2)
      let tape = Tape()
      let images = Tensor(
        channelsLast: tensor([2, 6, 90, 90], seed: 3).values, shape: [2, 6, 90, 90], on: cpu)
      let input = tape.watch(images, needsGradient: true)
      func block(_ input: Tensor, _ weight: Parameter) -> Tensor {
        let value = batchNormTraining(
          conv2d(input, weight: weight, ConvolutionGeometry(), gathersMoments: true),
          weight: nil, bias: nil, runningMean: nil, runningVariance: nil, momentum: 0, epsilon: 1e-5
        )
        return activate(value + input, .relu)
      }
      let first = block(input, weights[0])
      let second = block(first, weights[1])
      let third = block(second, weights[2])
      let used = cpu.peakByteCount
      if forgets {
        first.forgetElements()
        second.forgetElements()
      }
      let room = Tensor.uninitialized(first.shape, layout: .channelsLast, on: cpu)
      let peak = cpu.peakByteCount - used
      withExtendedLifetime(room) {}
      for weight in weights { weight.clearGradient() }
      tape.backward(from: (third * third).sum())
      #expect(third.storage.recipe == nil, "a value still holds what it was computed from")
      let gradients = weights.map { weight -> [Float] in
        guard case .value(let gradient) = weight.gradient else { return [] }
        return gradient.values
      }
      return ([first.values, tape.gradient(of: input)?.values ?? []] + gradients, peak)
    }
    let (kept, forgotten) = (pass(forgets: false), pass(forgets: true))
    #expect(kept.values == forgotten.values)
    #expect(kept.peak > 0)
    #expect(forgotten.peak == 0, "nothing was given back")
  }

  /// Workers read images of 224 pixels where they are; some of 225 do not begin where kernels want it.
  @Test(arguments: [224, 225])
  func imagesGoToWorkersAndComeBackInOrder(size: Int) {
    let weight = parameter([5, 3, 3, 3], seed: 1)
    let images = tensor([7, 3, size, size], seed: 2)
    let geometry = ConvolutionGeometry(stride: [4, 4])
    let parts = cpu.mapImages(images) { conv2d($0, weight: weight, geometry) }
    let whole = conv2d(images, weight: weight, geometry)
    #expect(parts.shape == whole.shape)
    #expect(relativeError(parts.values, whole.values) < 1e-6)
  }
}
