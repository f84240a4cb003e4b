import Tensors
import TestKit
import Testing

/// What holds for the engine as a whole: reproducibility, caches, and inputs out of the ordinary.
@Suite struct EngineTests {
  let cpu = CPU(threads: 2)

  private func weight(_ shape: Shape, seed: UInt64, on device: CPU) -> Parameter {
    Parameter(.random(shape, seed: seed, layout: .rowMajor, on: device))
  }

  /// Large enough that every kernel divides its work.
  private func step(on device: CPU) -> [[Float]] {
    let first = weight([24, 3, 3, 3], seed: 1, on: device)
    let second = weight([24, 1, 5, 5], seed: 2, on: device)
    let scale = Parameter(.filled(1, shape: [24], on: device))
    let shift = Parameter(.zeros([24], on: device))
    let tape = Tape()
    let x = tape.watch(.random([4, 3, 48, 48], seed: 3, on: device), needsGradient: true)
    let convolved = conv2d(x, weight: first, ConvolutionGeometry(padding: [1, 1]))
    let normalized = batchNormTraining(
      convolved, weight: scale, bias: shift, runningMean: nil, runningVariance: nil,
      momentum: 0.1, epsilon: 1e-5, activation: .relu)
    let filtered = conv2d(
      normalized, weight: second, ConvolutionGeometry(padding: [2, 2], groups: 24))
    let parts = filtered.chunk(2, axis: 1)
    let loss = (concatenateShuffled(parts[0], activate(parts[1], .swish)) * normalized).mean()
    tape.backward(from: loss)
    let gradients: [[Float]] = [first, second, scale, shift].compactMap {
      guard case .value(let gradient) = $0.gradient else { return nil }
      return gradient.values
    }
    return [[loss.scalar]] + gradients + [tape.gradient(of: x)?.values ?? []]
  }

  @Test func sameThreadsGiveTheSameBits() {
    let once = step(on: cpu)
    #expect(step(on: cpu) == once)
    #expect(step(on: CPU(threads: 2)) == once)
  }

  @Test func theDefaultNumberOfThreadsIsThatOfTheProcess() {
    let expected = CPU().threads
    // What a kernel sets on its thread is not the default of the next device.
    _ = step(on: CPU(threads: 1))
    #expect(CPU().threads == expected)
    _ = step(on: CPU(threads: 3))
    #expect(CPU().threads == expected)
  }

  @Test func threadsAgreeUpToRounding() {
    for (one, two) in zip(step(on: CPU(threads: 1)), step(on: cpu)) {
      #expect(relativeError(one, two) < 1e-5)
    }
  }

  @Test func packedWeightsFollowTheirParameter() {
    let weight = weight([16, 16, 1, 1], seed: 1, on: cpu)
    let x = Tensor.random([1, 16, 4, 4], seed: 2, on: cpu)
    let before = conv2d(x, weight: weight, ConvolutionGeometry()).values
    weight.value = weight.value * 2
    let doubled = conv2d(x, weight: weight, ConvolutionGeometry()).values
    #expect(relativeError(doubled, before.map { 2 * $0 }) < 1e-6)
    for index in weight.value.floats.indices { weight.value.floats[index] *= 0.5 }
    weight.markChanged()
    #expect(relativeError(conv2d(x, weight: weight, ConvolutionGeometry()).values, before) < 1e-6)
  }

  static let activations: [Activation] = [
    .identity, .relu, .relu6, .hardSwish, .sigmoid, .swish, .tanh, .leakyReLU(slope: 0.1), .gelu,
    .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1),
  ]

  @Test(arguments: activations)
  func foldedConvolutionEqualsItsParts(_ activation: Activation) {
    for groups in [1, 20] {
      let weight = weight([20, 20 / groups, 3, 3], seed: 1, on: cpu)
      let bias = Parameter(.random([20], seed: 2, on: cpu))
      let geometry = ConvolutionGeometry(stride: [2, 2], padding: [1, 1], groups: groups)
      let mean = Tensor.random([20], seed: 3, on: cpu)
      let variance = Tensor.random([20], from: 0.5, to: 2, seed: 4, on: cpu)
      let (scale, shift) = (
        Parameter(.random([20], seed: 5, on: cpu)), Parameter(.random([20], seed: 6, on: cpu))
      )
      let x = Tensor.random([2, 20, 9, 9], seed: 7, on: cpu)
      func compare() {
        let parts = batchNormInference(
          conv2d(x, weight: weight, bias: bias, geometry), weight: scale, bias: shift, mean: mean,
          variance: variance, epsilon: 1e-5, activation: activation)
        let whole = conv2d(
          x, weight: weight, bias: bias, geometry,
          folding: FoldedNorm(
            weight: scale, bias: shift, mean: mean, variance: variance, epsilon: 1e-5),
          activation: activation)
        #expect(relativeError(whole, parts.values) < 2e-5)
      }
      compare()
      // Running statistics change in place, without a version.
      for index in mean.floats.indices { mean.floats[index] += 1 }
      compare()
      scale.value = scale.value * 3
      compare()
    }
  }

  @Test func emptyBatch() {
    let weight = weight([8, 3, 3, 3], seed: 1, on: cpu)
    let tape = Tape()
    let x = tape.watch(.zeros([0, 3, 8, 8], layout: .channelsLast, on: cpu), needsGradient: true)
    let convolved = conv2d(x, weight: weight, ConvolutionGeometry(padding: [1, 1]))
    let normalized = batchNormTraining(
      convolved, weight: nil, bias: nil, runningMean: .zeros([8], on: cpu),
      runningVariance: .zeros([8], on: cpu), momentum: 0.1, epsilon: 1e-5, activation: .relu)
    let pooled = pool(normalized, Pooling(kind: .max, kernel: [2, 2], stride: [2, 2]))
    let features = globalAveragePool(pooled).flattened()
    #expect(features.shape == [0, 8])
    let scores = linear(
      features, weight: Parameter(.zeros([5, 8], on: cpu)), bias: nil)
    let loss = crossEntropy(scores, labels: []).sum()
    tape.backward(from: loss)
    #expect(loss.scalar == 0)
    guard case .value(let gradient) = weight.gradient else {
      Issue.record("the weight has no gradient")
      return
    }
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }

  @Test func notANumberFlowsThrough() {
    let x = Tensor([1, .nan, -1, .infinity], shape: [1, 4], on: cpu)
    for activation in Self.activations {
      #expect(activate(x, activation).values[1].isNaN)
    }
    #expect(softmax(x, axis: 1).values.contains { $0.isNaN })
    #expect(x.sum().scalar.isNaN)
    let parameter = Parameter(x)
    parameter.gradient = .value(x)
    #expect(gradientNorm([parameter], type: 2).isNaN)
    #expect(gradientNorm([parameter], type: .infinity).isNaN)
  }

  @Test func zeroGradientStillDecaysAndMoves() {
    let parameter = Parameter(Tensor([1, -2], shape: [2], on: cpu))
    var buffer: Tensor?
    func update() {
      sgdUpdate(
        parameter, momentumBuffer: &buffer, learningRate: 0.1, momentum: 0.9, dampening: 0,
        weightDecay: 0.5, nesterov: false)
    }
    update()
    #expect(parameter.value.values == [1, -2] && buffer == nil)
    parameter.gradient = .value(Tensor([1, 1], shape: [2], on: cpu))
    update()
    parameter.clearGradient()
    update()
    // v1 = g + 0.5 w; w1 = w - 0.1 v1; v2 = 0.9 v1 + 0.5 w1; w2 = w1 - 0.1 v2
    let expected: [Float] = [0.6725, -1.9]
    #expect(relativeError(parameter.value, expected) < 1e-6)
  }
}
