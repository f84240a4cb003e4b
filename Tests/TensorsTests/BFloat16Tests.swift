import Kernels
import TestKit
import Testing

@testable import Tensors

/// Convolutions in bfloat16 against the same in float32, where the processor has instructions for
/// them.
@Suite(.enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"))
struct BFloat16Tests {
  private static let cases = [
    BFloat16Case("1x1", channels: 24, outputs: 40, kernel: 1, size: 14),
    BFloat16Case("odd channels", channels: 5, outputs: 7, kernel: 1, size: 9),
    BFloat16Case("strided", channels: 13, outputs: 21, kernel: 3, size: 15, stride: 2),
    BFloat16Case("dilated", channels: 16, outputs: 16, kernel: 3, size: 11, dilation: 2),
    BFloat16Case("depthwise", channels: 37, outputs: 37, kernel: 3, size: 10, groups: 37),
    BFloat16Case(
      "depthwise, strided", channels: 24, outputs: 24, kernel: 5, size: 11, stride: 2, groups: 24),
    BFloat16Case("groups of 4", channels: 16, outputs: 32, kernel: 3, size: 8, groups: 4),
    BFloat16Case("groups of 16", channels: 32, outputs: 64, kernel: 3, size: 8, groups: 2),
    BFloat16Case("images", channels: 3, outputs: 16, kernel: 7, size: 33, stride: 2),
    BFloat16Case("several parts", channels: 16, outputs: 48, kernel: 1, size: 130),
    BFloat16Case("dense", channels: 32, outputs: 48, kernel: 3, size: 28),
  ]

  @Test(arguments: cases)
  func convolutionsAreCloseToFloat32(of test: BFloat16Case) {
    let float = test.convolution(on: CPU(threads: 2))
    let device = CPU(threads: 2, precision: .bfloat16)
    let half = test.convolution(on: device)
    for (half, float) in zip(half, float) { #expect(relativeError(half, float) < 1e-2) }
    #expect(test.convolution(on: device) == half, "not the same bits again")
  }

  @Test(arguments: cases)
  func chainsThroughPendingValuesAreCloseToFloat32(of test: BFloat16Case) {
    let float = test.chain(on: CPU(threads: 2))
    for threads in [1, 2] {
      let device = CPU(threads: threads, precision: .bfloat16)
      let half = test.chain(on: device)
      // Errors of three convolutions, and of differences that a normalisation leaves, add up.
      for (half, float) in zip(half, float) { #expect(relativeError(half, float) < 4e-2) }
      #expect(test.chain(on: device) == half, "not the same bits again")
    }
  }

  @Test(arguments: cases)
  func valuesThatWereAskedForGiveTheSame(of test: BFloat16Case) {
    let device = CPU(threads: 2, precision: .bfloat16)
    let pending = test.chain(on: device)
    for (forced, pending) in zip(test.chain(on: device, forced: true), pending) {
      #expect(relativeError(forced, pending) < 4e-2)
    }
  }

  @Test(arguments: cases)
  func foldedConvolutionsAreCloseToFloat32(of test: BFloat16Case) {
    let float = test.folded(on: CPU(threads: 2))
    let half = test.folded(on: CPU(threads: 2, precision: .bfloat16))
    #expect(relativeError(half, float) < 1e-2)
  }

  @Test func whatIsKeptTakesHalfTheMemory() {
    let device = CPU(threads: 1, precision: .bfloat16)
    let weight = Parameter(.filled(0.5, shape: [8, 4, 1, 1], on: device))
    let input = Tensor.filled(1, shape: [2, 4, 6, 6], layout: .channelsLast, on: device)
    let output = conv2d(input, weight: weight, ConvolutionGeometry(), gathersMoments: true)
    #expect(output.precision == .bfloat16)
    #expect(output.values == [Float](repeating: 2, count: output.shape.count))
    #expect(output.precision == .float32)
  }

  /// Infinities and NaN stay what they are, and what lies between two numbers goes to the even one.
  @Test func roundingFollowsTheStandard() {
    let device = CPU(threads: 1, precision: .bfloat16)
    let values: [Float] = [
      1, -2.5, 1.00390625, 1.01171875, 3e38, .infinity, -.infinity, 0, .greatestFiniteMagnitude,
    ]
    let tensor = Tensor(channelsLast: values + [.nan], shape: [1, 1, 1, 10], on: device)
    let rounded = tensor.kept(in: .bfloat16).values
    let expected = values.map { value -> Float in
      guard value.isFinite else { return value }
      let bits = value.bitPattern
      return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
    }
    #expect(Array(rounded.dropLast()) == expected)
    #expect(rounded[9].isNaN)
  }
}

/// A convolution, and chains with it in their middle.
struct BFloat16Case: CustomTestStringConvertible, Sendable {
  let testDescription: String
  private let channels: Int
  private let outputs: Int
  private let kernel: Int
  private let size: Int
  private let geometry: ConvolutionGeometry

  init(
    _ name: String, channels: Int, outputs: Int, kernel: Int, size: Int, stride: Int = 1,
    dilation: Int = 1, groups: Int = 1
  ) {
    testDescription = name
    self.channels = channels
    self.outputs = outputs
    self.kernel = kernel
    self.size = size
    geometry = ConvolutionGeometry(
      stride: [stride, stride], padding: [kernel / 2, kernel / 2], dilation: [dilation, dilation],
      groups: groups)
  }

  private func tensor(_ shape: Shape, seed: UInt64, on device: CPU) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor(
      channelsLast: (0..<shape.count).map { _ in Float(generator.uniform(-1, 1)) }, shape: shape,
      on: device)
  }

  private func parameter(
    _ shape: Shape, seed: UInt64, on device: CPU, around center: Double = 0
  ) -> Parameter {
    var generator = Generator(seed: seed)
    return Parameter(
      Tensor(
        (0..<shape.count).map { _ in Float(center + generator.uniform(-1, 1)) }, shape: shape,
        on: device))
  }

  private func weight(on device: CPU) -> Parameter {
    parameter([outputs, channels / geometry.groups, kernel, kernel], seed: 1, on: device)
  }

  /// The output, then the gradients of input, weight and bias.
  func convolution(on device: CPU) -> [[Float]] {
    let weight = weight(on: device)
    let bias = parameter([outputs], seed: 2, on: device)
    let tape = Tape()
    let input = tape.watch(
      tensor([5, channels, size, size], seed: 3, on: device), needsGradient: true)
    let output = conv2d(input, weight: weight, bias: bias, geometry)
    let factors = tensor(output.shape, seed: 4, on: device)
    tape.backward(from: (output * factors).sum())
    return [output.values, tape.gradient(of: input)?.values ?? []] + gradients([weight, bias])
  }

  /// 1 × 1, normalisation, the convolution, normalisation, 1 × 1, and past the last two a sum: the
  /// loss and all gradients.
  ///
  /// - Parameter forced: whether each value is asked for as a whole.
  func chain(on device: CPU, forced: Bool = false) -> [[Float]] {
    let weights = [
      parameter([channels, 6, 1, 1], seed: 5, on: device), weight(on: device),
      parameter([outputs, outputs, 1, 1], seed: 6, on: device),
    ]
    let norms = [channels, channels, outputs, outputs].enumerated().map { index, count in
      parameter([count], seed: UInt64(10 + index), on: device, around: index % 2 == 0 ? 1.5 : 0)
    }
    func seen(_ value: Tensor) -> Tensor {
      if forced { _ = value.values }
      return value
    }
    func normalized(_ value: Tensor, _ index: Int) -> Tensor {
      seen(
        batchNormTraining(
          value, weight: norms[index], bias: norms[index + 1], runningMean: nil,
          runningVariance: nil, momentum: 0, epsilon: 1e-5, activation: .swish))
    }
    let tape = Tape()
    let input = tape.watch(tensor([5, 6, size, size], seed: 3, on: device), needsGradient: true)
    var value = seen(conv2d(input, weight: weights[0], ConvolutionGeometry(), gathersMoments: true))
    value = normalized(value, 0)
    value = normalized(seen(conv2d(value, weight: weights[1], geometry, gathersMoments: true)), 2)
    value = value + seen(conv2d(value, weight: weights[2], ConvolutionGeometry()))
    let factors = tensor(value.shape, seed: 4, on: device)
    tape.backward(from: (value * value * factors).sum())
    return [value.values, tape.gradient(of: input)?.values ?? []] + gradients(weights + norms)
  }

  /// With normalisation and activation in the same pass, on workers.
  func folded(on device: CPU) -> [Float] {
    let weight = weight(on: device)
    let statistics = parameter([outputs], seed: 7, on: device, around: 1.5).value
    let images = tensor([4, channels, size, size], seed: 3, on: device)
    return device.mapImages(images) { image in
      let folding = FoldedNorm(
        weight: nil, bias: nil, mean: statistics, variance: statistics, epsilon: 1e-5)
      return conv2d(image, weight: weight, bias: nil, geometry, folding: folding, activation: .relu)
    }.values
  }

  private func gradients(_ parameters: [Parameter]) -> [[Float]] {
    parameters.map { parameter in
      guard case .value(let gradient) = parameter.gradient else { return [] }
      return gradient.values
    }
  }
}
