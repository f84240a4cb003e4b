import Kernels
import TestKit
import Testing

@testable import Tensors

/// Shuffled channels that are taken apart before they are written, against concatenation and shuffle
/// one after the other. Elements are only moved: all results are the same bits.
@Suite struct PendingShuffleTests {
  private let cpu = CPU(threads: 2)

  private func image(_ name: String, channels: Int, on device: CPU? = nil) -> Tensor {
    CounterNumbers.image(name, shape: [2, channels, 5, 3], on: device ?? cpu)
  }

  private func plain(_ a: Tensor, _ b: Tensor) -> Tensor {
    channelShuffle(concatenate([a, b], axis: 1), groups: 2)
  }

  private static let halves = [1, 2, 5, 8, 29, 32, 58]

  @Test(arguments: halves)
  func partsAreThoseOfTheWhole(half: Int) {
    let (a, b) = (image("a", channels: half), image("b", channels: half))
    let whole = plain(a, b)
    #expect(concatenateShuffled(a, b).values == whole.values)
    for cut in Set([1, half, 2 * half - 1]) {
      let shuffled = concatenateShuffled(a, b)
      #expect(shuffled.slice(axis: 1, 0..<cut).values == whole.slice(axis: 1, 0..<cut).values)
      #expect(
        shuffled.slice(axis: 1, cut..<2 * half).values
          == whole.slice(axis: 1, cut..<2 * half).values)
      #expect(shuffled.storage.pending != nil, "the whole was written")
      #expect(shuffled.values == whole.values, "after its parts")
    }
  }

  @Test func otherPartsAreTakenFromTheWhole() {
    let (a, b) = (image("a", channels: 6), image("b", channels: 6))
    let whole = plain(a, b)
    let shuffled = concatenateShuffled(a, b)
    let chunks = shuffled.chunk(3, axis: 1) + [shuffled.slice(axis: 1, 0..<6)]
    let expected = whole.chunk(3, axis: 1) + [whole.slice(axis: 1, 0..<6)]
    #expect(chunks.map(\.values) == expected.map(\.values))
    #expect(
      concatenateShuffled(a, b).slice(axis: 1, 3..<7).values == whole.slice(axis: 1, 3..<7).values)
    #expect(
      concatenateShuffled(a, b).slice(axis: 2, 1..<3).values == whole.slice(axis: 2, 1..<3).values)
    #expect(shuffled.slice(axis: 1, 2..<2).shape == [2, 0, 5, 3])
  }

  @Test(
    .enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"),
    arguments: halves)
  func elementsStayInBFloat16(half: Int) {
    let device = CPU(threads: 2, precision: .bfloat16)
    let (left, right) = (
      image("a", channels: half, on: device), image("b", channels: half, on: device)
    )
    // Reading a value leaves it in float32, so each use has one of its own.
    func compact(_ value: Tensor) -> Tensor { value.kept(in: .bfloat16) }
    let whole = plain(compact(left), compact(right))
    let shuffled = concatenateShuffled(compact(left), compact(right))
    for range in [0..<half, half..<2 * half] {
      let part = shuffled.slice(axis: 1, range)
      #expect(part.precision == .bfloat16)
      #expect(part.values == whole.slice(axis: 1, range).values)
    }
    #expect(shuffled.values == whole.values)
    let unsplit = concatenateShuffled(compact(left), compact(right))
    #expect(unsplit.precision == .bfloat16)
    #expect(unsplit.values == whole.values)
    // Asked for in float32 at once.
    #expect(Array(concatenateShuffled(compact(left), compact(right)).floats) == Array(whole.floats))
  }

  @Test(.enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"))
  func nothingIsLostBesideBFloat16() {
    let device = CPU(threads: 2, precision: .bfloat16)
    let (a, b) = (image("a", channels: 5, on: device), image("b", channels: 5, on: device))
    let expected = plain(a.kept(in: .bfloat16), b)
    #expect(concatenateShuffled(a.kept(in: .bfloat16), b).values == expected.values)
    #expect(
      concatenateShuffled(a.kept(in: .bfloat16), b).slice(axis: 1, 0..<5).values
        == expected.slice(axis: 1, 0..<5).values)
  }

  /// The blocks' way: a half passes through, the other is convolved and normalised.
  ///
  /// - Parameters:
  ///   - join: puts both together.
  private func gradients(
    half: Int, on device: CPU, join: (Tensor, Tensor) -> Tensor
  ) -> (values: [[Float]], operations: [String]) {
    let tape = Tape()
    let images = tape.watch(image("x", channels: 2 * half, on: device), needsGradient: true)
    var value = images
    var parameters: [Parameter] = []
    for block in 0..<3 {
      let shape: Shape = [half, half, 1, 1]
      let weight = Parameter(
        Tensor(
          CounterNumbers.state("\(block).weight", shape: shape.dimensions), shape: shape, on: device
        ))
      parameters.append(weight)
      let parts = value.chunk(2, axis: 1)
      let branch = batchNormTraining(
        conv2d(parts[1], weight: weight, ConvolutionGeometry(), gathersMoments: true),
        weight: nil, bias: nil, runningMean: nil, runningVariance: nil, momentum: 0, epsilon: 1e-5,
        activation: .relu)
      value = join(parts[0], branch)
    }
    tape.backward(from: (value * value).mean())
    let gradients = parameters.map { parameter -> [Float] in
      guard case .value(let gradient) = parameter.gradient else { return [] }
      return gradient.values
    }
    return (
      [value.values, tape.gradient(of: images)?.values ?? []] + gradients,
      tape.nodes.map { "\($0.operation) of \($0.inputs)" }
    )
  }

  @Test(arguments: [1, 2, 5, 16, 29], [1, 2])
  func gradientsAreThoseOfSeparateSteps(half: Int, threads: Int) {
    let device = CPU(threads: threads)
    let fused = gradients(half: half, on: device, join: concatenateShuffled)
    let plain = gradients(half: half, on: device, join: plain)
    #expect(fused.values == plain.values)
    #expect(fused.values.allSatisfy { !$0.isEmpty })
    #expect(fused.operations == plain.operations)
  }

  @Test(
    .enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"),
    arguments: [5, 16])
  func gradientsInBFloat16AreThoseOfSeparateSteps(half: Int) {
    let device = CPU(threads: 2, precision: .bfloat16)
    let fused = gradients(half: half, on: device, join: concatenateShuffled)
    #expect(fused.values == gradients(half: half, on: device, join: plain).values)
  }

  /// What no part of a value reached has no gradient; where parts overlap, theirs add up.
  @Test(arguments: [
    [0..<2], [2..<6], [0..<3, 3..<6], [3..<6, 0..<2], [0..<4, 2..<6], [1..<2, 3..<4],
  ])
  func gradientsOfPartsLieWhereThePartsDo(ranges: [Range<Int>]) throws {
    let tape = Tape()
    let (a, b) = (
      tape.watch(image("a", channels: 3), needsGradient: true),
      tape.watch(image("b", channels: 3), needsGradient: true)
    )
    let shuffled = concatenateShuffled(a, b)
    let sums = ranges.map { shuffled.slice(axis: 1, $0).sum() }
    tape.backward(from: sums.dropFirst().reduce(sums[0], +))
    let joined = try plain(#require(tape.gradient(of: a)), #require(tape.gradient(of: b)))
    for channel in 0..<6 {
      let count = ranges.count { $0.contains(channel) }
      let values = joined.slice(axis: 1, channel..<(channel + 1)).values
      #expect(values.allSatisfy { $0 == Float(count) }, "channel \(channel)")
    }
  }
}
