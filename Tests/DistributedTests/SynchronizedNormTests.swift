import Distributed
import Kernels
import NN
import TestKit
import Testing

@testable import Tensors

/// Ranks that share statistics, against one process with all their images.
@Suite struct SynchronizedNormTests {
  /// How the images of a batch may be divided.
  static let divisions: [[Range<Int>]] = [
    [0..<4, 4..<6], [0..<3, 3..<4, 4..<6],
  ]

  @Test(arguments: SharedNetwork.allCases, divisions)
  func ranksComputeWhatOneProcessDoes(network: SharedNetwork, parts: [Range<Int>]) {
    let whole = SharedPass.run(network, images: 0..<6, among: nil)
    let ranks = ThreadRank.run(parts.count) {
      SharedPass.run(network, images: parts[$0.rank], among: $0)
    }
    SharedPass.expect(ranks, toBe: whole)
  }

  /// A rank may have no images at all, at the end of an epoch.
  @Test(arguments: [SharedNetwork.norm, .normWithActivation, .withoutMomentum])
  func aRankMayHaveNothing(network: SharedNetwork) {
    let parts = [0..<4, 4..<4, 4..<6]
    let whole = SharedPass.run(network, images: 0..<6, among: nil)
    let ranks = ThreadRank.run(parts.count) {
      SharedPass.run(network, images: parts[$0.rank], among: $0)
    }
    SharedPass.expect(ranks, toBe: whole)
  }

  /// With workers for parts of a batch, and with values kept in half the memory.
  @Test(arguments: [SharedNetwork.pointwise, .separable, .dense, .residual])
  func devicesShareAlike(network: SharedNetwork) { devicesShare(network, in: .float32) }

  @Test(
    .enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"),
    arguments: [SharedNetwork.pointwise, .separable, .dense, .residual])
  func devicesShareAlikeInBFloat16(network: SharedNetwork) {
    devicesShare(network, in: .bfloat16)
  }

  private func devicesShare(_ network: SharedNetwork, in precision: Precision) {
    let parts = [0..<4, 4..<6]
    let whole = SharedPass.run(
      network, images: 0..<6, on: CPU(threads: 2, precision: precision), among: nil)
    let ranks = ThreadRank.run(parts.count) {
      SharedPass.run(
        network, images: parts[$0.rank], on: CPU(threads: 2, precision: precision), among: $0)
    }
    SharedPass.expect(ranks, toBe: whole, within: precision == .float32 ? 1e-5 : 2e-2)
  }

  @Test(arguments: SharedNetwork.allCases)
  func aSingleRankChangesNoBit(network: SharedNetwork) {
    let alone = SharedPass.run(network, images: 0..<6, among: nil)
    let single = SharedPass.run(network, images: 0..<6, among: SingleProcess())
    #expect(single.outputs == alone.outputs)
    #expect(single.imageGradient == alone.imageGradient)
    #expect(single.gradients == alone.gradients)
    #expect(single.buffers == alone.buffers)
  }

  @Test func theSameRanksGiveTheSameBits() {
    func pass() -> [SharedPass.Outcome] {
      ThreadRank.run(3) {
        SharedPass.run(.separable, images: (2 * $0.rank)..<(2 * $0.rank + 2), among: $0)
      }
    }
    for (first, second) in zip(pass(), pass()) {
      #expect(first.outputs == second.outputs)
      #expect(first.gradients == second.gradients)
    }
  }

  /// Sharing changes numbers, not what is computed when: the value stays pending, and the convolution
  /// before still gathers its moments.
  @Test func fusionStaysAsItIs() {
    let states = ThreadRank.run(2) { rank -> [Bool] in
      let context = LayerContext(
        device: CPU(threads: 1), generator: Generator(seed: 1), ranks: rank)
      let block = ConvModule(
        8, 4, kernel: 3, padding: 1, style: LayerStyle(norm: SharedNetwork.spec), in: context)
      let images = Tensor.random([2, 8, 5, 5], seed: UInt64(rank.rank), on: context.device)
      let tape = Tape()
      let output = block(tape.watch(images))
      guard let pending = output.pending as? PendingNormalization else { return [] }
      guard case .moments(let own, _) = pending.input.storage.knowledge else { return [] }
      let parts = rank.gather(own.values.map(Double.init))
      let mean = (0..<4).map { channel in Float((parts[0][channel] + parts[1][channel]) / 2) }
      return [parts[0] != parts[1], relativeError(pending.mean, mean) < 1e-6]
    }
    #expect(states == [[true, true], [true, true]])
  }

  /// Layers that are not synchronised, and synchronised ones that are evaluated, wait for nobody.
  @Test(arguments: [true, false])
  func othersAreLeftAlone(synchronizes: Bool) {
    let group = Counter()
    let context = LayerContext(
      device: CPU(threads: 1), generator: Generator(seed: 1), ranks: group)
    let norm = BatchNorm2d(
      4, tracksStatistics: false, synchronizes: synchronizes, in: context)
    let images = Tensor.random([2, 4, 3, 3], seed: 1, on: context.device)
    norm.setTraining(false)
    _ = norm(images)
    #expect(group.calls == 0)
    norm.setTraining(true)
    _ = norm(images)
    #expect(group.calls == (synchronizes ? 1 : 0))
  }

  /// Counts what it is asked for; both of its ranks have the same numbers.
  private final class Counter: RankGroup {
    var calls = 0
    let rankCount = 2

    func gather(_ values: [Double]) -> [[Double]] {
      calls += 1
      return [values, values]
    }
  }

  /// An image's gradient counts what it does to the outputs of other ranks.
  @Test(arguments: [SharedNetwork.normWithActivation, .separable])
  func gradientsAreThoseOfAllLosses(network: SharedNetwork) {
    let parts = [0..<4, 4..<6]
    func pass(_ images: [Float]) -> [SharedPass.Outcome] {
      ThreadRank.run(2) {
        SharedPass.run(network, images: parts[$0.rank], of: [images], among: $0)
      }
    }
    func loss(_ images: [Float]) -> Double {
      let outputs = pass(images).flatMap(\.outputs)
      let probe = SharedPass.probe([6, outputs.count / 6], images: 0..<6)
      return zip(outputs, probe).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let images = SharedPass.images(step: 0)
    let gradient = pass(images).flatMap(\.imageGradient)
    let scale = gradient.map { Double(abs($0)) }.max() ?? 0
    var generator = Generator(seed: 3)
    for index in generator.permutation(images.count).prefix(24) {
      let step: Float = 1e-2
      var (above, below) = (images, images)
      above[index] += step
      below[index] -= step
      let difference = (loss(above) - loss(below)) / (2 * Double(step))
      #expect(abs(Double(gradient[index]) - difference) < 5e-3 * scale)
    }
  }
}

extension SharedPass {
  /// Compares what ranks with consecutive parts of a batch got with what one process got.
  static func expect(
    _ ranks: [Outcome], toBe whole: Outcome, within tolerance: Double = 1e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func same(_ actual: [Float], _ expected: [Float], _ what: String) {
      #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
      guard actual.count == expected.count, !expected.isEmpty else { return }
      let error = relativeError(actual, expected)
      #expect(error < tolerance, "\(what)", sourceLocation: sourceLocation)
    }
    same(ranks.flatMap(\.outputs), whole.outputs, "outputs")
    same(ranks.flatMap(\.imageGradient), whole.imageGradient, "gradient of the images")
    for (index, expected) in whole.gradients.enumerated() {
      // Each rank has what its own images contribute.
      let zeros = [Float](repeating: 0, count: expected.count)
      let sum = ranks.map { $0.gradients[index] }.reduce(zeros) { zip($0, $1).map { $0 + $1 } }
      same(sum, expected, "gradient of parameter \(index)")
    }
    for rank in ranks {
      // Ranks stay in step: their buffers are the same bits.
      #expect(rank.buffers == ranks[0].buffers, sourceLocation: sourceLocation)
      for (index, expected) in whole.buffers.enumerated() {
        same(rank.buffers[index], expected, "buffer \(index)")
      }
    }
    #expect(!whole.imageGradient.isEmpty, sourceLocation: sourceLocation)
  }
}
