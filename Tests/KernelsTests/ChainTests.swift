import CKernels
import Foundation
import TestKit
import Testing

@testable import Kernels

/// Pointwise and depthwise convolutions between normalisations against sums in double precision.
@Suite struct ChainTests {
  /// Whole vectors, halves and rests of them, and less; pixels that fill no block, no rows, or
  /// several.
  private static let pointwise = [
    (1, [5, 7], 24, 40), (3, [9, 11], 27, 17), (2, [8, 8], 130, 96), (2, [9, 11], 3, 10),
    (1, [8, 17], 12, 5),
  ]
  .map { images, size, inputs, outputs in
    ConvolutionProblem(
      images: images, inputChannels: inputs, inputSize: [size[0], size[1]],
      outputChannels: outputs, kernel: .one, stride: .one, padding: .zero, dilation: .one,
      groups: 1)
  }

  /// One block of channels, several, and such that share some; windows that reach over one edge or
  /// both, rows that belong to no window, fewer images than threads.
  private static let depthwise = [
    (2, [8, 9], 32, 3, 1, 1), (1, [9, 7], 16, 3, 2, 1), (3, [3, 16], 35, 5, 1, 2),
    (1, [10, 8], 20, 5, 2, 0), (2, [4, 5], 17, 7, 1, 3), (3, [8, 11], 16, 7, 2, 3),
    (1, [6, 6], 24, 3, 1, 2),
  ]
  .map { images, size, channels, taps, stride, padding in
    ConvolutionProblem(
      images: images, inputChannels: channels, inputSize: [size[0], size[1]],
      outputChannels: channels, kernel: [taps, taps], stride: [stride, stride],
      padding: [padding, padding], dilation: .one, groups: channels)
  }

  /// Windows of few channels: of one vector and of several, not square, pixels in several blocks.
  private static let windows = [
    (2, [9, 12], 3, 24, [3, 3], [2, 2], [1, 1]), (3, [17, 16], 4, 17, [2, 7], [1, 3], [1, 4]),
    (1, [8, 9], 1, 40, [5, 5], [1, 1], [2, 2]), (1, [6, 7], 3, 10, [3, 3], [1, 1], [0, 0]),
    (1, [15, 14], 3, 20, [7, 7], [2, 2], [3, 3]),
  ]
  .map { images, size, inputs, outputs, kernel, stride, padding in
    ConvolutionProblem(
      images: images, inputChannels: inputs, inputSize: [size[0], size[1]],
      outputChannels: outputs, kernel: [kernel[0], kernel[1]], stride: [stride[0], stride[1]],
      padding: [padding[0], padding[1]], dilation: .one, groups: 1)
  }

  private static var windowCases: [Chain] {
    windows.flatMap { problem in
      [PointwiseFunction.swish, nil].map {
        Chain(problem, inputFunction: nil, outputFunction: $0)
      }
    }
  }

  /// Sums of weights' gradients that are so large that several blocks of pixels are multiplied together,
  /// and so many blocks for each of two threads that their sums are added up in parts.
  private static var largeCases: [Chain] {
    [([33, 9], 260, 200), ([100, 90], 17, 20), ([13, 5], 500, 272)].map { size, inputs, outputs in
      let problem = ConvolutionProblem(
        images: 1, inputChannels: inputs, inputSize: [size[0], size[1]], outputChannels: outputs,
        kernel: .one, stride: .one, padding: .zero, dilation: .one, groups: 1)
      return Chain(problem, inputFunction: .relu6, outputFunction: .swish)
    }
  }

  private static var cases: [Chain] {
    (pointwise + depthwise).flatMap { problem in
      [true, false].flatMap { hasInputFunction in
        [PointwiseFunction.swish, nil].map { outputFunction in
          Chain(
            problem, inputFunction: hasInputFunction ? .relu6 : nil,
            outputFunction: outputFunction)
        }
      }
    }
  }

  @Test(arguments: [1, 2])
  func equalsSumsOfProducts(threads: Int) {
    for chain in Self.cases {
      for (name, error) in chain.errors(threads: threads) { #expect(error < 2e-6, "\(name)") }
    }
  }

  @Test(arguments: [Int32(CK_ANY_PROCESSOR), Int32(CK_AVX2)])
  func equalsThemWithFewerInstructions(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      for chain in Self.cases {
        for (name, error) in chain.errors(threads: 2) {
          precondition(error < 2e-6, "\(name): \(error)")
        }
      }
    }
  }

  /// Of bfloat16 with elements in either precision, on tiles where the processor has them, and on
  /// vectors. Values and weights are rounded before they are multiplied, and so are results.
  @Test(
    .enabled(if: CPUKernels.computesFast(.bfloat16), "this processor has no fast bfloat16"),
    arguments: [Int32(CK_TILES), Int32(CK_AVX512_BFLOAT)])
  func isCloseToThemInBFloat16(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      let chains = Self.cases + Self.windowCases + Self.largeCases
      for (index, chain) in chains.enumerated() {
        for kept in [Precision.float32, .bfloat16] {
          let threads = 1 + index % 2
          for (name, error) in chain.errors(threads: threads, precision: .bfloat16, kept: kept) {
            // Rounding adds to the variance where it is small beside the mean.
            let limit = name == "variance" ? 2e-2 : 4e-3
            precondition(error < limit, "case \(index), \(kept), \(name): \(error)")
          }
        }
      }
    }
  }

  @Test(.enabled(if: CPUKernels.computesFast(.bfloat16), "this processor has no fast bfloat16"))
  func takesWindowsInBFloat16Alone() {
    for problem in Self.windows {
      expectNoChain(problem) { _ in }
      let kernels = CPUKernels(threads: 1, precision: .bfloat16, pool: MemoryPool())
      #expect(kernels.chains(problem) && kernels.chainsOnlyWeights(problem))
    }
  }

  @Test func takesDensePointwiseConvolutionsOfFloats() {
    expectChain(Self.pointwise[0])
    expectNoChain(Self.pointwise[0]) { $0.stride = [2, 2] }
    expectNoChain(Self.pointwise[0]) { $0.groups = 2 }
    expectNoChain(Self.pointwise[0]) { $0.images = 0 }
  }

  @Test func takesDepthwiseConvolutionsOfSquareWindows() {
    expectChain(Self.depthwise[0])
    expectNoChain(Self.depthwise[0]) { $0.stride = [1, 2] }
    expectNoChain(Self.depthwise[0]) { $0.kernel = [3, 5] }
    expectNoChain(Self.depthwise[0]) { $0.dilation = [2, 2] }
    expectNoChain(Self.depthwise[0]) { $0.padding = [3, 3] }
    expectNoChain(Self.depthwise[0]) { $0.images = 0 }
    expectNoChain(Self.depthwise[0]) {
      ($0.inputChannels, $0.outputChannels, $0.groups) = (15, 15, 15)
    }
  }

  /// Results that no cache could keep go past them.
  @Test func givesTheSameBeyondTheCaches() {
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: 2, pool: pool)
    var problem = ConvolutionProblem(
      images: 2, inputChannels: 16, inputSize: [520, 540], outputChannels: 16, kernel: [3, 3],
      stride: .one, padding: .one, dilation: .one, groups: 16)
    let count = problem.inputCount
    let pattern = CounterNumbers.signed("pattern", count: 4093).map(Float.init)
    func memory(_ shift: Int, _ count: Int) -> PoolBlock {
      let block = PoolBlock(byteCount: count * 4, pool: pool)
      for start in stride(from: 0, to: count, by: pattern.count) {
        let length = min(pattern.count - shift, count - start)
        pattern.withUnsafeBufferPointer {
          (block.floats + start).update(from: $0.baseAddress! + shift, count: length)
        }
        for rest in start + length..<min(start + pattern.count, count) { block.floats[rest] = 0.5 }
      }
      return block
    }
    let (x, dy, constants) = (memory(0, count), memory(7, count), memory(3, 200))
    let weight = WeightOperand(
      values: Source(constants.floats), version: 0, packed: PackedWeights())
    let channels = Source(constants.floats + 150)
    func results(_ image: Int?) -> [PoolBlock] {
      problem.images = image == nil ? 2 : 1
      let offset = (image ?? 0) * problem.inputCount
      let (y, dx) = (memory(0, problem.inputCount), memory(0, problem.inputCount))
      let moments = memory(0, 64)
      let input = ActivationOperand(
        Elements(Source(x.floats) + offset),
        function: ChannelFunction(.relu6, scale: channels, shift: channels + 16))
      kernels.convolveChain(
        problem, input, weight: weight, bias: nil, into: MutableElements(y.floats),
        moments: (moments.floats, moments.floats + 16))
      kernels.convolveChainBackward(
        problem, input, gradient: ActivationGradientOperand(Elements(Source(dy.floats) + offset)),
        weight: weight,
        into: ChainGradients(
          input: MutableElements(dx.floats),
          sums: ChainGradients.Sums(
            center: channels + 32, sum: moments.floats + 32, product: moments.floats + 48),
          weight: nil))
      return [y, dx]
    }
    let whole = results(nil)
    for image in 0..<2 {
      for (part, all) in zip(results(image), whole) {
        let bytes = problem.inputCount * 4
        #expect(memcmp(part.floats, all.floats + image * problem.inputCount, bytes) == 0)
      }
    }
    withExtendedLifetime((x, dy, constants)) {}
  }

  private func expectChain(_ problem: ConvolutionProblem) {
    #expect(CPUKernels(threads: 1, pool: MemoryPool()).chains(problem))
  }

  private func expectNoChain(
    _ problem: ConvolutionProblem, _ change: (inout ConvolutionProblem) -> Void
  ) {
    var problem = problem
    change(&problem)
    #expect(!CPUKernels(threads: 1, pool: MemoryPool()).chains(problem))
  }
}

/// One convolution with what lies around it, computed in both ways.
private struct Chain {
  let problem: ConvolutionProblem
  let inputFunction: PointwiseFunction?
  let outputFunction: PointwiseFunction?
  /// Whether numbers have few enough digits.
  private var isExactInBFloat16 = false
  private static let epsilon = 0.125
  private var pixels: Int { problem.outputPixels }
  private var inputs: Int { problem.inputChannels }
  private var outputs: Int { problem.outputChannels }
  private var inputCount: Int { problem.inputCount }
  private var weightCount: Int { problem.weightCount }

  init(
    _ problem: ConvolutionProblem, inputFunction: PointwiseFunction?,
    outputFunction: PointwiseFunction?
  ) {
    self.problem = problem
    self.inputFunction = inputFunction
    self.outputFunction = outputFunction
  }

  private func numbers(_ name: String, _ count: Int) -> [Float] {
    let numbers = CounterNumbers.signed(name, count: count).map {
      Float(isExactInBFloat16 ? ($0 * 64).rounded() / 64 : $0)
    }
    return name == "variance" ? numbers.map(abs) : numbers
  }

  /// The relative error, in the root of mean squares, of each result.
  ///
  /// - Parameter kept: in which activations and their gradients are.
  func errors(
    threads: Int, precision: Precision = .float32, kept: Precision = .float32
  ) -> [(name: String, error: Double)] {
    guard precision == .float32 || isExactInBFloat16 else {
      var exact = self
      exact.isExactInBFloat16 = true
      return exact.errors(threads: threads, precision: precision, kept: kept)
    }
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: threads, precision: precision, pool: pool)
    func memory(_ values: [Float]) -> PoolBlock { PoolBlock(holding: values, pool: pool) }
    func unset(_ count: Int) -> PoolBlock { memory(Array(repeating: .nan, count: count)) }
    let read = [
      "x": inputCount, "gradient": pixels * outputs, "weight": weightCount,
      "scale": inputs, "shift": inputs, "center": inputs, "bias": outputs, "outScale": outputs,
      "outShift": outputs, "slope": outputs, "tilt": outputs, "offset": outputs, "mean": outputs,
      "variance": outputs,
    ].reduce(into: [:]) { $0[$1.key] = memory(numbers($1.key, $1.value)) }
    func source(_ name: String) -> Source { Source(read[name, default: unset(0)].floats) }
    let (mean, variance, dw) = (unset(outputs), unset(outputs), unset(weightCount))
    let (keptY, keptX) = (
      KeptBlock(unset(pixels * outputs), count: pixels * outputs, as: kept, kernels),
      KeptBlock(unset(inputCount), count: inputCount, as: kept, kernels)
    )
    let (x, gradients) = (
      KeptBlock(memory(numbers("x", inputCount)), count: inputCount, as: kept, kernels),
      KeptBlock(
        memory(numbers("gradient", pixels * outputs)), count: pixels * outputs, as: kept, kernels)
    )
    let (sum, product) = (unset(inputs), unset(inputs))

    let input = ActivationOperand(
      x.elements,
      function: inputFunction.map {
        ChannelFunction($0, scale: source("scale"), shift: source("shift"))
      })
    let weight = WeightOperand(values: source("weight"), version: 0, packed: PackedWeights())
    kernels.convolveChain(
      problem, input, weight: weight, bias: source("bias"), into: keptY.target,
      moments: (mean.floats, variance.floats))
    let gradient = ActivationGradientOperand(
      gradients.elements,
      through: outputFunction.map {
        ActivationGradientOperand.Normalization(
          activation: ActivationOperand(
            keptY.elements,
            function: ChannelFunction($0, scale: source("outScale"), shift: source("outShift"))),
          slope: source("slope"), tilt: source("tilt"), offset: source("offset"))
      })
    kernels.convolveChainBackward(
      problem, input, gradient: gradient, weight: weight,
      into: ChainGradients(
        input: kernels.chainsOnlyWeights(problem) ? nil : keptX.target,
        sums: inputFunction.map { _ in
          ChainGradients.Sums(
            center: source("center"), sum: sum.floats, product: product.floats)
        }, weight: dw.floats))

    let (y, dx) = (keptY.floats(kernels), keptX.floats(kernels))
    let exact = exactResults(y: y)
    // Without a function of the input, the same at inference with other things behind.
    let normalization = FoldedNormalization(
      parameters: ChannelParameters(weight: source("outScale"), bias: source("outShift")),
      mean: source("mean"), variance: source("variance"), epsilon: Float(Self.epsilon))
    let (added, folded) = (unset(pixels * outputs), unset(pixels * outputs))
    for (result, normalization) in [(added, nil), (folded, normalization)] {
      kernels.convolve(
        problem, Elements(source("x")), weight: weight,
        epilogue: ConvolutionEpilogue(
          bias: source("bias"), normalization: normalization,
          residual: Elements(source("gradient")),
          activation: outputFunction ?? .relu6), into: MutableElements(result.floats))
    }
    return withExtendedLifetime((read, x, gradients, keptX, keptY)) {
      var errors = [
        ("y", y.error(from: exact.y)), ("mean", mean.error(from: exact.mean)),
        ("variance", variance.error(from: exact.variance)), ("dw", dw.error(from: exact.dw)),
      ]
      if !kernels.chainsOnlyWeights(problem) { errors.append(("dx", dx.error(from: exact.dx))) }
      if inputFunction == nil {
        errors += [
          ("added", added.error(from: exact.added)), ("folded", folded.error(from: exact.folded)),
        ]
      } else {
        errors += [
          ("sum", sum.error(from: exact.sum)), ("product", product.error(from: exact.product)),
        ]
      }
      return errors
    }
  }

  private struct Results {
    var y, mean, variance, dx, dw, sum, product: [Double]
    /// With the gradient added and activated: by the function of the output, or a limit.
    var added: [Double]
    /// The same of the normalised output.
    var folded: [Double]
  }

  /// - Parameter y: the output as it was computed, of which the gradient is a function.
  private func exactResults(y computed: PoolBlock) -> Results {
    func doubles(_ name: String, _ count: Int) -> [Double] { numbers(name, count).map(Double.init) }
    let (x, weight) = (doubles("x", inputCount), doubles("weight", weightCount))
    let (scale, shift) = (doubles("scale", inputs), doubles("shift", inputs))
    let (center, bias) = (doubles("center", inputs), doubles("bias", outputs))
    let (outScale, outShift) = (doubles("outScale", outputs), doubles("outShift", outputs))
    let slope = doubles("slope", outputs)
    let (tilt, offset) = (doubles("tilt", outputs), doubles("offset", outputs))
    let (mean, variance) = (doubles("mean", outputs), doubles("variance", outputs))
    let residual = doubles("gradient", pixels * outputs)
    var dy = residual
    if outputFunction == .swish {
      for index in dy.indices {
        let channel = index % outputs
        let value = Double(computed.floats[index])
        let t = value * outScale[channel] + outShift[channel]
        let sigmoid = 1 / (1 + exp(-t))
        let g = dy[index] * sigmoid * (1 + t * (1 - sigmoid))
        dy[index] = slope[channel] * g + tilt[channel] * value + offset[channel]
      }
    }
    func zeros(_ count: Int) -> [Double] { Array(repeating: 0, count: count) }
    var results = Results(
      y: zeros(pixels * outputs), mean: zeros(outputs), variance: zeros(outputs),
      dx: zeros(inputCount), dw: zeros(weightCount), sum: zeros(inputs),
      product: zeros(inputs), added: zeros(pixels * outputs), folded: zeros(pixels * outputs))
    func activated(_ value: Double) -> Double {
      outputFunction == .swish ? value / (1 + exp(-value)) : min(max(value, 0), 6)
    }
    for pixel in 0..<pixels {
      for output in 0..<outputs {
        var total = bias[output]
        let gradient = dy[pixel * outputs + output]
        for (element, weightIndex) in terms(pixel: pixel, output: output) {
          let channel = element % inputs
          var value = x[element]
          if inputFunction != nil {
            value = min(max(value * scale[channel] + shift[channel], 0), 6)
          }
          total += value * weight[weightIndex]
          results.dx[element] += gradient * weight[weightIndex]
          results.dw[weightIndex] += gradient * value
        }
        results.y[pixel * outputs + output] = total
        results.mean[output] += total / Double(pixels)
        let addend = residual[pixel * outputs + output]
        results.added[pixel * outputs + output] = activated(total + addend)
        let normalized = (total - mean[output]) / (variance[output] + Self.epsilon).squareRoot()
        results.folded[pixel * outputs + output] = activated(
          normalized * outScale[output] + outShift[output] + addend)
      }
    }
    for (element, value) in x.enumerated() {
      let channel = element % inputs
      let t = value * scale[channel] + shift[channel]
      let g = t > 0 && t < 6 ? results.dx[element] : 0
      results.sum[channel] += g
      results.product[channel] += g * (value - center[channel])
    }
    for (index, value) in results.y.enumerated() {
      let distance = value - results.mean[index % outputs]
      results.variance[index % outputs] += distance * distance / Double(pixels)
    }
    return results
  }

  /// Which element of the input is multiplied by which weight in a sum.
  private func terms(pixel: Int, output: Int) -> [(element: Int, weight: Int)] {
    if problem.isPointwise {
      return (0..<inputs).map { (pixel * inputs + $0, output * inputs + $0) }
    }
    let (size, outSize, kernel) = (problem.inputSize, problem.outputSize, problem.kernel)
    let channels = problem.isDepthwise ? output..<output + 1 : 0..<inputs
    let image = pixel / (outSize.x * outSize.y)
    let top = pixel / outSize.y % outSize.x * problem.stride.x - problem.padding.x
    let left = pixel % outSize.y * problem.stride.y - problem.padding.y
    let taps = kernel.x * kernel.y
    return (0..<taps).flatMap { tap -> [(element: Int, weight: Int)] in
      let (row, column) = (top + tap / kernel.y, left + tap % kernel.y)
      guard (0..<size.x).contains(row), (0..<size.y).contains(column) else { return [] }
      let from = (image * size.x + row) * size.y + column
      return channels.map { channel in
        let plane = output * channels.count + channel - channels.lowerBound
        return (from * inputs + channel, plane * taps + tap)
      }
    }
  }
}
