import Tensors
import TestKit
import Testing

/// Weights in Winograd's domain take four times the memory of plain ones: all workers of a device
/// share them.
@Suite struct SharedWeightsTests {
  /// Of both sides of a convolution, 3 x 3.
  private static let channels = 512
  private static let weightBytes = channels * channels * 9 * 4
  private static let arrangedBytes = weightBytes * 4

  private func numbers(_ name: String, _ count: Int) -> [Float] {
    CounterNumbers.signed(name, count: count).map(Float.init)
  }

  private func parameter(_ name: String, _ shape: Shape, on device: CPU) -> Parameter {
    Parameter(Tensor(numbers(name, shape.count), shape: shape, on: device))
  }

  /// `[count]`, from 0.5 to 1.5.
  private func positive(_ name: String, _ count: Int, on device: CPU) -> Tensor {
    Tensor(numbers(name, count).map { 1 + $0 / 2 }, shape: [count], on: device)
  }

  // MARK: At inference

  /// One weight under two normalisations, and changed in between.
  private struct Network {
    let weight: Parameter
    let norms: [FoldedNorm]
    let images: Tensor

    /// - Parameter order: the normalisations of convolutions one after the other.
    func outputs(_ order: [Int], on device: CPU) -> [Float] {
      device.mapImages(images) { images in
        order.reduce(images) { value, norm in
          conv2d(
            value, weight: weight, bias: nil, ConvolutionGeometry(padding: [1, 1]),
            folding: norms[norm], activation: .relu)
        }
      }.values
    }
  }

  private func network(on device: CPU) -> Network {
    let norms = ["a", "b"].map { name in
      FoldedNorm(
        weight: nil, bias: nil, mean: positive("mean \(name)", 24, on: device),
        variance: positive("variance \(name)", 24, on: device), epsilon: 1e-5)
    }
    return Network(
      weight: parameter("weight", [24, 24, 3, 3], on: device), norms: norms,
      images: CounterNumbers.image("images", shape: [8, 24, 112, 112], on: device))
  }

  /// Workers that need other factors in the weights than those in the shared ones must not change
  /// what others may be reading, and must not use it either.
  @Test func workersGetTheWeightsOfTheirNormalisationAndVersion() {
    let (several, one) = (CPU(threads: 2), CPU(threads: 1))
    let (shared, alone) = (network(on: several), network(on: one))
    for (step, order) in [[0], [0], [1], [0, 1], [1, 0, 1], [0, 1], [1]].enumerated() {
      let results = [shared.outputs(order, on: several), alone.outputs(order, on: one)]
      #expect(relativeError(results[0], results[1]) < 1e-6, "\(order), step \(step)")
      let isRepeated = shared.outputs(order, on: several) == results[0]
      #expect(isRepeated, "not the same bits again")
      guard step % 2 == 1 else { continue }
      for (network, device) in [(shared, several), (alone, one)] {
        network.weight.value = parameter("weight \(step)", [24, 24, 3, 3], on: device).value
      }
    }
  }

  @Test func arrangedWeightsExistOnceAtInference() {
    let device = CPU(threads: 2)
    let channels = Self.channels
    let first = parameter("first", [channels, 1, 1, 1], on: device)
    let weight = parameter("weight", [channels, channels, 3, 3], on: device)
    let before = device.peakByteCount
    let result = device.mapImages(
      CounterNumbers.image("images", shape: [8, 1, 112, 112], on: device)
    ) { images in
      let small = conv2d(
        images, weight: first, bias: nil, ConvolutionGeometry(stride: [16, 16]), folding: nil,
        activation: .relu)
      return conv2d(
        small, weight: weight, bias: nil, ConvolutionGeometry(padding: [1, 1]), folding: nil,
        activation: .relu)
    }
    #expect(result.shape == [8, channels, 7, 7])
    let taken = device.peakByteCount - before
    #expect(taken > Self.arrangedBytes, "the convolution does not take the way it should")
    #expect(taken < Self.arrangedBytes * 3 / 2, "\(taken)")
  }

  // MARK: In training

  @Test func arrangedWeightsExistOnceInTraining() {
    let device = CPU(threads: 2)
    let channels = Self.channels
    let weight = parameter("weight", [channels, channels, 3, 3], on: device)
    // What is arranged is then kept, and the weight's own gradient takes no memory.
    weight.requiresGradient = false
    let before = device.peakByteCount
    let tape = Tape()
    let input = tape.watch(
      CounterNumbers.image("images", shape: [8, channels, 7, 7], on: device), needsGradient: true)
    let value = conv2d(
      input, weight: weight, ConvolutionGeometry(padding: [1, 1]), gathersMoments: true)
    let forward = device.peakByteCount - before
    #expect(forward > Self.arrangedBytes, "the convolution does not take the way it should")
    #expect(forward < Self.arrangedBytes * 3 / 2, "\(forward)")
    tape.backward(from: value.sum())
    #expect(tape.gradient(of: input)?.shape == input.shape)
    let both = device.peakByteCount - before
    #expect(both > 2 * Self.arrangedBytes)
    #expect(both < Self.arrangedBytes * 5 / 2, "\(both)")
  }
}
