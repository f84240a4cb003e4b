import CKernels
import TestKit
import Testing

@testable import Kernels

/// Folded convolutions that read elements of bfloat16, whichever kernels compute them, against the
/// same in float32.
@Suite(.enabled(if: CPUKernels.computesFast(.bfloat16), "this processor has no fast bfloat16"))
struct CompactElementsTests {
  private static let problems = [
    // By Winograd, where no matrix tiles are faster.
    problem((32, 48), taps: 3), problem((32, 48), taps: 3, stride: 2), problem((37, 20), taps: 1),
    problem((40, 40), taps: 5, groups: 40), problem((12, 12), taps: 3, groups: 12),
    problem((64, 32), taps: 3, groups: 2),
    // Products of windows: lines of one vector and of two, a rest of an image, a line of windows
    // outside of it.
    problem((3, 48), taps: 3, stride: 2), problem((3, 20), taps: 7, stride: 2),
    problem((1, 17), taps: 5), problem((10, 9), taps: 3),
    ConvolutionProblem(
      images: 3, inputChannels: 4, inputSize: [5, 9], outputChannels: 33, kernel: [2, 7],
      stride: [1, 3], padding: [2, 4], dilation: .one, groups: 1),
  ]

  private static func problem(
    _ channels: (Int, Int), taps: Int, stride: Int = 1, groups: Int = 1
  ) -> ConvolutionProblem {
    ConvolutionProblem(
      images: 4, inputChannels: channels.0, inputSize: [14, 15], outputChannels: channels.1,
      kernel: [taps, taps], stride: [stride, stride], padding: [taps / 2, taps / 2],
      dilation: .one, groups: groups)
  }

  @Test(arguments: [Int32(CK_TILES), Int32(CK_AVX512_BFLOAT)])
  func areCloseToFloat32(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      for (index, problem) in Self.problems.enumerated() {
        for activation in [PointwiseFunction.relu6, .swish] {
          for kept in [Precision.bfloat16, .float32] {
            let error = Self.error(of: problem, activation, kept: kept)
            precondition(error < 6e-3, "case \(index), \(activation), \(kept): \(error)")
          }
        }
      }
    }
  }

  /// - Parameter kept: in which the input is, if the kernel reads that.
  private static func error(
    of problem: ConvolutionProblem, _ activation: PointwiseFunction, kept: Precision
  ) -> Double {
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: 2, precision: .bfloat16, pool: pool)
    func memory(_ name: String, _ count: Int) -> PoolBlock {
      PoolBlock(holding: CounterNumbers.signed(name, count: count).map(Float.init), pool: pool)
    }
    let (weights, bias) = (
      memory("weight", problem.weightCount), memory("bias", problem.outputChannels)
    )
    let x = KeptBlock(
      memory("x", problem.inputCount), count: problem.inputCount,
      as: kernels.readsEitherPrecision(problem) ? kept : .bfloat16, kernels)
    let y = KeptBlock(
      memory("y", problem.outputCount), count: problem.outputCount,
      as: kernels.precision(of: problem), kernels)
    let (floats, expected) = (x.floats(kernels), memory("y", problem.outputCount))
    let epilogue = ConvolutionEpilogue(
      bias: bias.floats, normalization: nil, activation: activation)
    func operand() -> WeightOperand {
      WeightOperand(values: weights.floats, version: 0, packed: PackedWeights())
    }
    return withExtendedLifetime((weights, bias, x, floats)) {
      kernels.convolve(
        problem, x.elements, weight: operand(), epilogue: epilogue, into: y.target)
      CPUKernels(threads: 2, pool: pool).convolve(
        problem, Elements(floats.floats), weight: operand(), epilogue: epilogue,
        into: MutableElements(expected.floats))
      return y.floats(kernels).error(
        from: (0..<problem.outputCount).map { Double(expected.floats[$0]) })
    }
  }
}
