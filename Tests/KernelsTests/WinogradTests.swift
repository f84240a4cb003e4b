import CKernels
import Foundation
import TestKit
import Testing

@testable import Kernels

/// Winograd's convolution against sums of products in double precision.
@Suite struct WinogradTests {
  /// Odd extents, channels that fill no vector, each padding.
  private static let problems = [
    problem(images: 4, [13, 15], channels: (24, 40), padding: 1),
    problem(images: 3, [18, 15], channels: (33, 17), padding: 0),
    problem(images: 2, [14, 14], channels: (16, 64), padding: 2),
    // Many weights: threads share the output channels, with few tiles and with many, or the tiles,
    // where the channels do not divide well.
    problem(images: 6, [6, 6], channels: (72, 232), padding: 1),
    problem(images: 66, [5, 5], channels: (72, 232), padding: 1),
    problem(images: 6, [6, 6], channels: (136, 136), padding: 1),
  ]

  private static func problem(
    images: Int, _ size: SIMD2<Int>, channels: (Int, Int), padding: Int
  ) -> ConvolutionProblem {
    ConvolutionProblem(
      images: images, inputChannels: channels.0, inputSize: size, outputChannels: channels.1,
      kernel: [3, 3], stride: .one, padding: [padding, padding], dilation: .one, groups: 1)
  }

  @Test(arguments: problems)
  func equalsSumsOfProducts(of problem: ConvolutionProblem) {
    let comparison = Comparison(problem)
    for error in [1, 2].flatMap(comparison.errors) { #expect(error < 1e-5) }
  }

  @Test(arguments: [Int32(CK_ANY_PROCESSOR), Int32(CK_AVX2)])
  func equalsThemWithFewerInstructions(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      for error in Self.problems.flatMap({ Comparison($0).errors(threads: 2) }) {
        precondition(error < 1e-5, "\(error)")
      }
    }
  }

  @Test func manyImagesGoThisWayAndFewLargeWeightsDoNot() {
    for problem in Self.problems { #expect(problem.isWorthWinograd) }
    var deep = Self.problem(images: 1, [7, 7], channels: (512, 512), padding: 1)
    #expect(!deep.isWorthWinograd)
    deep.images = 8
    #expect(deep.isWorthWinograd)
    deep.stride = [2, 2]
    #expect(!deep.isWorthWinograd)
  }

  /// Before workers run, all processors arrange the weights together; each worker then uses that.
  @Test(arguments: [false, true])
  func workersUseWhatWasArrangedForThem(isBackward: Bool) {
    let problem = Self.problem(images: 8, [7, 7], channels: (256, 256), padding: 1)
    let kernels = CPUKernels(threads: 2, pool: MemoryPool())
    let numbers = CounterNumbers.signed("weights", count: problem.weightCount).map(Float.init)
    let weights = PoolBlock(holding: numbers, pool: MemoryPool())
    let operand = WeightOperand(values: weights.floats, version: 0, packed: PackedWeights())
    kernels.arrangeForWorkers(operand, of: problem, isBackward: isBackward)
    let used = kernels.pool.usedBytes
    #expect(used >= problem.weightCount * 4 * MemoryLayout<Float>.stride)
    for worker in kernels.workerSets {
      let (x, y) = (
        PoolBlock(holding: Array(repeating: 1, count: problem.inputCount), pool: MemoryPool()),
        PoolBlock(holding: Array(repeating: 0, count: problem.outputCount), pool: MemoryPool())
      )
      if isBackward {
        worker.convolveBackwardData(
          problem, gradient: Elements(x.floats), weight: operand, into: MutableElements(y.floats))
      } else {
        worker.convolve(
          problem, Elements(x.floats), weight: operand, bias: nil, into: MutableElements(y.floats))
      }
      #expect(worker.pool.peakBytes < used / 2, "a worker made a copy of its own")
    }
    #expect(kernels.pool.usedBytes == used)
    operand.packed.discard()
    #expect(kernels.pool.usedBytes == 0)
    withExtendedLifetime(weights) {}
  }
}

/// One convolution computed in both ways.
private struct Comparison {
  let problem: ConvolutionProblem
  private let (x, dy, weights): ([Float], [Float], [Float])
  private let (mean, variance, bias): ([Float], [Float], [Float])
  private let exact: Results

  /// The convolution without bias, and its gradients for `dy`.
  private struct Results {
    var y, dx, dw, db: [Double]
  }

  init(_ problem: ConvolutionProblem) {
    self.problem = problem
    func numbers(_ name: String, _ count: Int) -> [Float] {
      CounterNumbers.signed(name, count: count).map(Float.init)
    }
    let channels = problem.outputChannels
    x = numbers("x", problem.inputCount)
    dy = numbers("dy", problem.outputCount)
    weights = numbers("weights", problem.weightCount)
    mean = numbers("mean", channels)
    variance = numbers("variance", channels).map { 0.5 + $0 * $0 }
    bias = numbers("bias", channels)
    exact = Self.exactResults(problem, x: x, dy: dy, weights: weights)
  }

  /// The relative error, in the root of mean squares, of each result.
  func errors(threads: Int) -> [Double] {
    let pool = MemoryPool()
    let kernels = CPUKernels(threads: threads, pool: pool)
    func memory(_ values: [Float]) -> PoolBlock { PoolBlock(holding: values, pool: pool) }
    func unset(like values: [Float]) -> PoolBlock { memory(values.map { _ in .nan }) }
    let (inputs, gradients) = (memory(x), memory(dy))
    let (statistics, shift, parameters) = (memory(mean + variance), memory(bias), memory(weights))
    let (y, dx, dw, db) = (unset(like: dy), unset(like: x), unset(like: weights), unset(like: bias))
    let operand = WeightOperand(
      values: parameters.floats, version: 0, packed: PackedWeights())

    kernels.convolve(
      problem, Elements(inputs.floats), weight: operand, bias: shift.floats,
      into: MutableElements(y.floats))
    let biased = exact.y.indices.map { exact.y[$0] + Double(bias[$0 % bias.count]) }
    var errors = [y.error(from: biased)]
    for (activation, adds) in [
      (PointwiseFunction.relu6, false), (.swish, false), (.relu6, true), (.swish, true),
    ] {
      let normalization = FoldedNormalization(
        parameters: ChannelParameters(weight: nil, bias: shift.floats), mean: statistics.floats,
        variance: statistics.floats + mean.count, epsilon: 1e-5)
      kernels.convolve(
        problem, Elements(inputs.floats), weight: operand,
        epilogue: ConvolutionEpilogue(
          bias: nil, normalization: normalization,
          residual: adds ? Elements(Source(gradients.floats)) : nil,
          activation: activation),
        into: MutableElements(y.floats))
      errors.append(y.error(from: folded(exact.y, adding: adds ? dy : [], activation)))
    }
    kernels.convolveBackwardData(
      problem, gradient: Elements(gradients.floats), weight: operand,
      into: MutableElements(dx.floats))
    kernels.convolveBackwardWeights(
      problem, Elements(inputs.floats), gradient: Elements(gradients.floats), into: dw.floats,
      bias: db.floats)
    return withExtendedLifetime((inputs, gradients, statistics, shift, parameters)) {
      errors + [dx.error(from: exact.dx), dw.error(from: exact.dw), db.error(from: exact.db)]
    }
  }

  private func folded(
    _ y: [Double], adding residual: [Float], _ activation: PointwiseFunction
  ) -> [Double] {
    y.indices.map { index in
      let channel = index % problem.outputChannels
      let scale = 1 / (Double(variance[channel]) + 1e-5).squareRoot()
      let value =
        (y[index] - Double(mean[channel])) * scale + Double(bias[channel])
        + (residual.isEmpty ? 0 : Double(residual[index]))
      return activation == .swish ? value / (1 + exp(-value)) : min(max(value, 0), 6)
    }
  }

  private static func exactResults(
    _ problem: ConvolutionProblem, x: [Float], dy: [Float], weights: [Float]
  ) -> Results {
    let (channels, outputs) = (problem.inputChannels, problem.outputChannels)
    let (size, outputSize, padding) = (problem.inputSize, problem.outputSize, problem.padding)
    var y = [Double](repeating: 0, count: dy.count)
    var dx = [Double](repeating: 0, count: x.count)
    var db = [Double](repeating: 0, count: outputs)
    // Channels last: what the inner loop walks is then side by side.
    let places = weights.indices.map { index in
      (index / channels / 9 * channels + index % channels) * 9 + index / channels % 9
    }
    let factors = places.map { Double(weights[$0]) }
    var sums = [Double](repeating: 0, count: weights.count)
    for pixel in 0..<problem.outputPixels {
      let image = pixel / (outputSize.x * outputSize.y)
      let row = pixel / outputSize.y % outputSize.x - padding.x
      let column = pixel % outputSize.y - padding.y
      for output in 0..<outputs { db[output] += Double(dy[pixel * outputs + output]) }
      for tap in 0..<9 {
        let (r, c) = (row + tap / 3, column + tap % 3)
        guard (0..<size.x).contains(r), (0..<size.y).contains(c) else { continue }
        let from = ((image * size.x + r) * size.y + c) * channels
        for output in 0..<outputs {
          let gradient = Double(dy[pixel * outputs + output])
          let first = (output * 9 + tap) * channels
          var sum = 0.0
          for channel in 0..<channels {
            let value = Double(x[from + channel])
            sum += value * factors[first + channel]
            dx[from + channel] += factors[first + channel] * gradient
            sums[first + channel] += value * gradient
          }
          y[pixel * outputs + output] += sum
        }
      }
    }
    var dw = sums
    for (place, sum) in zip(places, sums) { dw[place] = sum }
    return Results(y: y, dx: dx, dw: dw, db: db)
  }
}
