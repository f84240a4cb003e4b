import CKernels
import TestKit
import Testing

@testable import Kernels

/// Folded convolutions that read elements of bfloat16, whichever kernels compute them, against the
/// same in float32.
@Suite(.enabled(if: CPUKernels.computesFast(.bfloat16)))
struct CompactElementsTests {
  private static let problems = [
    // By Winograd, where no matrix tiles are faster.
    problem((32, 48), taps: 3), problem((32, 48), taps: 3, stride: 2), problem((37, 20), taps: 1),
    problem((40, 40), taps: 5, groups: 40), problem((12, 12), taps: 3, groups: 12),
    problem((64, 32), taps: 3, groups: 2),
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
          let error = Self.error(of: problem, activation)
          precondition(error < 6e-3, "case \(index), \(activation): \(error)")
        }
      }
    }
  }

  private static func error(
    of problem: ConvolutionProblem, _ activation: PointwiseFunction
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
      memory("x", problem.inputCount), count: problem.inputCount, as: .bfloat16, kernels)
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
