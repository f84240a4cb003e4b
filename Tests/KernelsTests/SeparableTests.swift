import CKernels
import TestKit
import Testing

@testable import Kernels

/// Separable convolutions as one kernel against their parts one after the other.
@Suite struct SeparableTests {
  /// Channels that fill no vector, fewer than one, and up to five; rows in groups of sixteen, fourteen,
  /// eight, seven, and rests of these; fewer images than threads; small images some of which are
  /// computed together, also if windows leave out their last row, and large ones that
  /// take several passes.
  private static let cases = [
    Separable(images: 2, size: [9, 16], channels: [5, 16, 16], taps: 3, stride: 1),
    Separable(images: 1, size: [8, 14], channels: [24, 43, 7], taps: 5, stride: 1),
    Separable(images: 3, size: [5, 6], channels: [18, 32, 18], taps: 7, stride: 1, adds: true),
    Separable(images: 1, size: [11, 21], channels: [16, 48, 40], taps: 3, stride: 2),
    Separable(images: 2, size: [60, 3], channels: [33, 33, 33], taps: 3, stride: 1, adds: true),
    Separable(images: 1, size: [7, 7], channels: [20, 20], taps: 3, stride: 2),
    Separable(images: 2, size: [9, 10], channels: [24, 24], taps: 5, stride: 1, adds: true),
    Separable(images: 8, size: [5, 7], channels: [20, 52, 20], taps: 5, stride: 1, adds: true),
    Separable(images: 12, size: [6, 8], channels: [40, 40], taps: 3, stride: 2),
    Separable(images: 1, size: [31, 48], channels: [19, 80, 24], taps: 5, stride: 2),
    Separable(images: 2, size: [7, 14], channels: [24, 64, 16], taps: 3, stride: 1),
    Separable(images: 3, size: [9, 13], channels: [8, 8], taps: 3, stride: 1, adds: true),
    Separable(images: 2, size: [7, 6], channels: [3, 24], taps: 5, stride: 2),
    Separable(images: 8, size: [8, 6], channels: [16, 32, 24], taps: 3, stride: 2, padding: 0),
    Separable(images: 1, size: [40, 20], channels: [9, 9], taps: 3, stride: 1, adds: true),
    Separable(images: 1, size: [40, 20], channels: [20, 40, 20], taps: 5, stride: 1, adds: true),
    Separable(images: 2, size: [33, 30], channels: [32, 17], taps: 7, stride: 2),
  ]

  @Test(arguments: [1, 2])
  func equalsItsParts(threads: Int) {
    for (index, convolution) in Self.cases.enumerated() {
      #expect(convolution.error(threads: threads) < 1e-6, "case \(index)")
    }
  }

  @Test(arguments: [Int32(CK_ANY_PROCESSOR), Int32(CK_AVX2)])
  func equalsThemWithFewerInstructions(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      for (index, convolution) in Self.cases.enumerated() {
        let error = convolution.error(threads: 2)
        precondition(error < 1e-6, "case \(index): \(error)")
      }
    }
  }

  @Test(
    .enabled(if: CPUKernels.computesFast(.bfloat16), "this processor has no fast bfloat16"),
    arguments: [Int32(CK_TILES), Int32(CK_AVX512_BFLOAT)])
  func isCloseToItsPartsInBFloat16(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      for (index, convolution) in Self.cases.enumerated() {
        for kept in [Precision.float32, .bfloat16] {
          let error = convolution.error(
            threads: 1 + index % 2, precision: .bfloat16, kept: kept)
          precondition(error < 6e-3, "case \(index), \(kept): \(error)")
        }
      }
    }
  }

  @Test func leavesImagesWithoutPixelsAlone() {
    let convolution = Separable(
      images: 1, size: [0, 5], channels: [16, 16], taps: 3, stride: 1, padding: 2)
    convolution.withConvolution(threads: 1) { kernels, convolution, _, _ in
      #expect(convolution.narrow.problem.inputSize == [2, 7])
      #expect(!kernels.fuses(convolution))
    }
  }

  @Test func takesLimitsOnlyAndAddsOnlyAtTheEnd() {
    expectFusion(true) { _ in }
    expectFusion(false) { $0.filter.epilogue.activation = .swish }
    expectFusion(false) { $0.narrow.epilogue.activation = .relu6 }
    expectFusion(false) { $0.filter.epilogue.residual = $0.narrow.epilogue.residual }
    expectFusion(false) { $0.filter.problem.dilation = [2, 2] }
    expectFusion(false) { $0.narrow.problem.stride = [2, 2] }
  }

  private func expectFusion(
    _ expected: Bool, _ change: (inout SeparableConvolution) -> Void
  ) {
    Self.cases[2].withConvolution(threads: 1) { kernels, convolution, _, _ in
      var convolution = convolution
      change(&convolution)
      #expect(kernels.fuses(convolution) == expected)
    }
  }
}

private struct Separable {
  let images: Int
  let size: [Int]
  /// Of the input and behind each part; two where nothing is widened.
  let channels: [Int]
  let taps: Int
  let stride: Int
  var padding: Int?
  var adds = false

  private var problems: [ConvolutionProblem] {
    let widen =
      channels.count == 3 ? [pointwise(channels[0], channels[1], [size[0], size[1]])] : []
    let width = channels[channels.count - 2]
    let filter = ConvolutionProblem(
      images: images, inputChannels: width, inputSize: [size[0], size[1]], outputChannels: width,
      kernel: [taps, taps], stride: [stride, stride],
      padding: SIMD2(repeating: padding ?? taps / 2),
      dilation: .one, groups: width)
    return widen + [filter, pointwise(width, channels[channels.count - 1], filter.outputSize)]
  }

  private func pointwise(_ inputs: Int, _ outputs: Int, _ size: SIMD2<Int>) -> ConvolutionProblem {
    ConvolutionProblem(
      images: images, inputChannels: inputs, inputSize: size, outputChannels: outputs,
      kernel: .one, stride: .one, padding: .zero, dilation: .one, groups: 1)
  }

  func withConvolution(
    threads: Int, precision: Precision = .float32,
    _ body: (CPUKernels, SeparableConvolution, _ x: PoolBlock, _ y: PoolBlock) -> Void
  ) {
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: threads, precision: precision, pool: pool)
    func memory(_ name: String, _ count: Int) -> PoolBlock {
      let values = CounterNumbers.signed(name, count: count).map(Float.init)
      return PoolBlock(
        holding: name.hasPrefix("variance") ? values.map(abs) : values, pool: pool)
    }
    let problems = problems
    var blocks: [PoolBlock] = []
    func source(_ name: String, _ count: Int) -> Source {
      blocks.append(memory(name, count))
      return Source(blocks[blocks.count - 1].floats)
    }
    var parts = problems.enumerated().map { index, problem in
      let count = problem.outputChannels
      return FoldedConvolution(
        problem,
        weight: WeightOperand(
          values: source("weight\(index)", problem.weightCount), version: 0,
          packed: PackedWeights()),
        epilogue: ConvolutionEpilogue(
          bias: index == 1 ? source("bias", count) : nil,
          normalization: FoldedNormalization(
            parameters: ChannelParameters(
              weight: source("scale\(index)", count), bias: source("shift\(index)", count)),
            mean: source("mean\(index)", count), variance: source("variance\(index)", count),
            epsilon: 0.5), residual: nil,
          activation: index == problems.count - 1 ? .identity : index == 0 ? .relu6 : .relu))
    }
    let last = problems.count - 1
    if adds {
      parts[last].epilogue.residual = Elements(source("residual", problems[last].outputCount))
    }
    let x = memory("x", problems[0].inputCount)
    let y = PoolBlock(
      holding: Array(repeating: .nan, count: problems[last].outputCount), pool: pool)
    withExtendedLifetime(blocks) {
      body(
        kernels,
        SeparableConvolution(
          widen: last == 2 ? parts[0] : nil, filter: parts[last - 1], narrow: parts[last]), x, y)
    }
  }

  /// How far the whole is away from its parts in a row, those in float32.
  ///
  /// - Parameter kept: in which the input, the residual and the result are.
  func error(
    threads: Int, precision: Precision = .float32, kept: Precision = .float32
  ) -> Double {
    var error = Double.nan
    withConvolution(threads: threads, precision: precision) { fusing, convolution, x, result in
      guard fusing.fuses(convolution) else { return }
      let kernels = CPUKernels(threads: threads, pool: fusing.pool)
      let (inputs, outputs) = (
        (convolution.widen ?? convolution.filter).problem.inputCount,
        convolution.narrow.problem.outputCount
      )
      let (input, output) = (
        KeptBlock(x, count: inputs, as: kept, fusing),
        KeptBlock(result, count: outputs, as: kept, fusing)
      )
      var (fused, parts) = (convolution, convolution)
      let residual = convolution.narrow.epilogue.residual.map { residual in
        let floats = PoolBlock(
          holding: (0..<outputs).map { residual.neededFloats[$0] }, pool: fusing.pool)
        return KeptBlock(floats, count: outputs, as: kept, fusing)
      }
      let addend = residual?.floats(fusing)
      fused.narrow.epilogue.residual = residual?.elements
      parts.narrow.epilogue.residual = addend.map { Elements(Source($0.floats)) }
      fusing.convolve(fused, input.elements, into: output.target)
      let (x, y) = (input.floats(fusing), output.floats(fusing))
      var value = x
      for part in [parts.widen, parts.filter, parts.narrow].compactMap(\.self) {
        let next = PoolBlock(
          holding: Array(repeating: .nan, count: part.problem.outputCount), pool: kernels.pool)
        withExtendedLifetime((value, residual, addend)) {
          kernels.convolve(
            part.problem, Elements(Source(value.floats)), weight: part.weight,
            epilogue: part.epilogue, into: MutableElements(next.floats))
        }
        value = next
      }
      error = y.error(from: (0..<outputs).map { Double(value.floats[$0]) })
    }
    return error
  }
}
