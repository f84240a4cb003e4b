import Tensors
import TestKit
import Testing

/// Every operation's gradient against central differences.
@Suite struct GradientTests {
  let cpu = CPU(threads: 2)

  struct ConvolutionCase: Sendable, CustomTestStringConvertible {
    var input: Shape
    var weight: Shape
    var geometry = ConvolutionGeometry()
    var testDescription: String { "\(input) by \(weight), \(geometry)" }
  }

  @Test(arguments: [
    ConvolutionCase(input: [2, 3, 7, 6], weight: [5, 3, 3, 3]),
    ConvolutionCase(
      input: [2, 3, 9, 8], weight: [8, 3, 3, 3],
      geometry: ConvolutionGeometry(stride: [2, 2], padding: [1, 1])),
    ConvolutionCase(input: [2, 20, 5, 4], weight: [18, 20, 1, 1]),
    ConvolutionCase(
      input: [1, 6, 9, 9], weight: [4, 3, 3, 3],
      geometry: ConvolutionGeometry(padding: [2, 2], dilation: [2, 2], groups: 2)),
    ConvolutionCase(
      input: [2, 19, 9, 7], weight: [19, 1, 3, 3],
      geometry: ConvolutionGeometry(stride: [2, 2], padding: [1, 1], groups: 19)),
    ConvolutionCase(
      input: [2, 24, 8, 8], weight: [24, 1, 5, 5],
      geometry: ConvolutionGeometry(padding: [2, 2], groups: 24)),
    ConvolutionCase(
      input: [2, 16, 9, 9], weight: [16, 1, 7, 7],
      geometry: ConvolutionGeometry(stride: [2, 2], padding: [3, 3], groups: 16)),
    ConvolutionCase(
      input: [2, 3, 6, 7], weight: [6, 1, 3, 3],
      geometry: ConvolutionGeometry(padding: [1, 1], groups: 3)),
    ConvolutionCase(
      input: [1, 4, 8, 8], weight: [4, 4, 1, 1], geometry: ConvolutionGeometry(stride: [3, 3])),
  ])
  func convolution(_ testCase: ConvolutionCase) {
    let weight = Parameter(
      .random(testCase.weight, seed: 1, layout: .rowMajor, on: cpu))
    let bias = Parameter(.random([testCase.weight[0]], seed: 2, on: cpu))
    let x = Tensor.random(testCase.input, seed: 3, on: cpu)
    let error = gradientError(inputs: [x], parameters: [weight, bias]) {
      conv2d($0[0], weight: weight, bias: bias, testCase.geometry)
    }
    #expect(error < 2e-3)
  }

  @Test func linearLayer() {
    let weight = Parameter(.random([7, 5], seed: 1, on: cpu))
    let bias = Parameter(.random([7], seed: 2, on: cpu))
    let x = Tensor.random([3, 5], seed: 3, on: cpu)
    #expect(
      gradientError(inputs: [x], parameters: [weight, bias]) {
        linear($0[0], weight: weight, bias: bias)
      } < 2e-3)
  }

  static let smooth: [Activation] = [
    .identity, .hardSwish, .sigmoid, .swish, .tanh, .leakyReLU(slope: 0.2), .gelu,
    .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1), .relu, .relu6,
  ]

  @Test(arguments: smooth)
  func activation(_ activation: Activation) {
    // Away from the kinks at -3, 0, 3 and 6.
    let values: [Float] = [-4.3, -2.7, -1.1, -0.3, 0.4, 1.3, 2.2, 2.7, 4.1, 5.5, 6.6, 8.2]
    let x = Tensor(values, shape: [3, 4], on: cpu)
    #expect(gradientError(inputs: [x]) { activate($0[0], activation) } < 2e-3)
  }

  @Test(arguments: smooth)
  func batchNorm(_ activation: Activation) {
    let x = Tensor.random([3, 5, 4, 3], from: -1, to: 1, seed: 4, on: cpu)
    let weight = Parameter(.random([5], from: 0.2, to: 0.3, seed: 5, on: cpu))
    // Keeps the normalised values on one side of each kink.
    let bias = Parameter(.random([5], from: 1.4, to: 1.6, seed: 6, on: cpu))
    #expect(
      gradientError(inputs: [x], parameters: [weight, bias]) {
        batchNormTraining(
          $0[0], weight: weight, bias: bias, runningMean: nil, runningVariance: nil,
          momentum: 0.1, epsilon: 1e-5, activation: activation)
      } < 5e-3)
    let mean = Tensor.random([5], seed: 7, on: cpu)
    let variance = Tensor.random([5], from: 0.5, to: 2, seed: 8, on: cpu)
    #expect(
      gradientError(inputs: [x], parameters: [weight, bias]) {
        batchNormInference(
          $0[0], weight: weight, bias: bias, mean: mean, variance: variance, epsilon: 1e-5,
          activation: activation)
      } < 5e-3)
  }

  @Test func batchNormOfVectorsWithoutParameters() {
    let x = Tensor.random([6, 5], seed: 4, on: cpu)
    #expect(
      gradientError(inputs: [x]) {
        batchNormTraining(
          $0[0], weight: nil, bias: nil, runningMean: nil, runningVariance: nil, momentum: 0.1,
          epsilon: 1e-5)
      } < 5e-3)
  }

  @Test(
    arguments: [
      ([2, 3, 4, 5], [2, 3, 4, 5]), ([2, 3, 4, 5], [2, 3, 1, 1]), ([1, 3, 1, 1], [2, 3, 4, 5]),
      ([2, 3, 4, 5], [5]), ([2, 3, 4, 5], []), ([4, 1], [1, 3]), ([2, 3, 4, 5], [3, 1, 5]),
      ([2, 1, 4, 5], [2, 3, 4, 1]), ([3, 1, 2], [4, 1]),
    ] as [(Shape, Shape)])
  func arithmetic(_ left: Shape, _ right: Shape) {
    let x = Tensor.random(left, seed: 1, on: cpu)
    let y = Tensor.random(right, from: 1, to: 2, seed: 2, on: cpu)
    #expect(gradientError(inputs: [x, y]) { $0[0] + $0[1] } < 2e-3)
    #expect(gradientError(inputs: [x, y]) { $0[0] - $0[1] } < 2e-3)
    #expect(gradientError(inputs: [x, y]) { $0[0] * $0[1] } < 2e-3)
    #expect(gradientError(inputs: [x, y]) { $0[0] / $0[1] } < 2e-3)
  }

  @Test func arithmeticWithItselfAndNumbers() {
    let x = Tensor.random([2, 3, 2, 2], from: 0.5, to: 2, seed: 1, on: cpu)
    #expect(gradientError(inputs: [x]) { $0[0] + $0[0] } < 2e-3)
    #expect(gradientError(inputs: [x]) { $0[0] * $0[0] - $0[0] / ($0[0] + 1) } < 5e-3)
    #expect(gradientError(inputs: [x]) { 2 * $0[0] + 3 / $0[0] - 1 + (1 - $0[0]) / 4 } < 2e-3)
    #expect(
      gradientError(inputs: [x]) {
        $0[0].exp() + $0[0].log() + $0[0].sqrt() + $0[0].pow(1.7) + (-$0[0]).abs()
      } < 2e-3)
    #expect(gradientError(inputs: [x]) { $0[0].clamp(minimum: 0.1, maximum: 2.5) } < 2e-3)
  }

  @Test func movement() {
    let x = Tensor.random([2, 6, 3, 2], seed: 1, on: cpu)
    let y = Tensor.random([2, 6, 3, 2], seed: 2, on: cpu)
    for axis in 0..<4 {
      #expect(gradientError(inputs: [x, y]) { concatenate($0, axis: axis) } < 2e-3)
      #expect(gradientError(inputs: [x]) { $0[0].slice(axis: axis, 1..<2) } < 2e-3)
    }
    #expect(gradientError(inputs: [x, y]) { concatenateShuffled($0[0], $0[1]) } < 2e-3)
    #expect(gradientError(inputs: [x]) { channelShuffle($0[0], groups: 3) } < 2e-3)
    #expect(gradientError(inputs: [x]) { $0[0].flattened() } < 2e-3)
    #expect(gradientError(inputs: [x]) { $0[0].reshaped([3, 2, 2, 6]) } < 2e-3)
    // Parts that overlap, that leave gaps, and on two axes.
    #expect(
      gradientError(inputs: [x]) { inputs in
        let parts = inputs[0].chunk(3, axis: 1)
        let more = inputs[0].slice(axis: 1, 1..<3) * inputs[0].slice(axis: 1, 4..<6)
        return parts[2] * parts[0] + more + inputs[0].slice(axis: 2, 0..<1).slice(axis: 1, 0..<2)
      } < 5e-3)
    #expect(
      gradientError(inputs: [x]) {
        $0[0].slice(axis: 1, 3..<5) * $0[0].slice(axis: 1, 0..<2)
      } < 5e-3)
  }

  @Test func pooling() {
    let x = Tensor.random([2, 5, 7, 8], seed: 1, on: cpu)
    let kinds: [Pooling.Kind] = [
      .max, .average(countsPadding: true), .average(countsPadding: false),
    ]
    for kind in kinds {
      for roundsUp in [false, true] {
        let pooling = Pooling(
          kind: kind, kernel: [3, 3], stride: [2, 2], padding: [1, 1], roundsUp: roundsUp)
        #expect(gradientError(inputs: [x], step: 1e-3) { pool($0[0], pooling) } < 1e-2)
      }
    }
    #expect(gradientError(inputs: [x]) { globalAveragePool($0[0]) } < 2e-3)
    #expect(gradientError(inputs: [x]) { adaptiveAveragePool($0[0], output: [3, 5]) } < 2e-3)
  }

  @Test func reductions() {
    let x = Tensor.random([2, 5, 3, 4], seed: 1, on: cpu)
    #expect(gradientError(inputs: [x]) { $0[0].sum() } < 2e-3)
    #expect(gradientError(inputs: [x]) { $0[0].mean() } < 2e-3)
    for axis in -1..<4 {
      #expect(gradientError(inputs: [x]) { $0[0].sum(axis: axis) } < 2e-3)
      #expect(gradientError(inputs: [x]) { $0[0].mean(axis: axis, keepsAxis: true) } < 2e-3)
    }
  }

  @Test func scores() {
    let x = Tensor.random([4, 6], from: -2, to: 2, seed: 1, on: cpu)
    let targets = softmax(.random([4, 6], seed: 2, on: cpu), axis: 1)
    let weights: [Float] = [1, 2, 0.5, 1.5, 1, 0.1]
    for axis in 0..<2 {
      #expect(gradientError(inputs: [x]) { softmax($0[0], axis: axis) } < 5e-3)
      #expect(gradientError(inputs: [x]) { logSoftmax($0[0], axis: axis) } < 2e-3)
    }
    let labels = [3, 0, 255, 5]
    #expect(
      gradientError(inputs: [x]) {
        crossEntropy($0[0], labels: labels, classWeights: weights, ignoring: 255)
      } < 2e-3)
    #expect(
      gradientError(inputs: [x]) {
        softCrossEntropy($0[0], targets: targets, classWeights: weights)
      } < 2e-3)
    #expect(
      gradientError(inputs: [x]) {
        binaryCrossEntropyWithLogits($0[0], targets: targets, classWeights: weights)
      } < 2e-3)
  }

  @Test func dropoutKeepsItsMask() {
    let x = Tensor.random([4, 6], seed: 1, on: cpu)
    #expect(
      gradientError(inputs: [x]) {
        var generator = Generator(seed: 3)
        return dropout($0[0], probability: 0.4, generator: &generator)
      } < 2e-3)
  }
}
