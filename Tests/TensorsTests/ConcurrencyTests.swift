import Kernels
import TestKit
import Testing

@testable import Tensors

/// Devices are independent: what one thread computes on its own does not depend on what others do
/// on theirs.
@Suite struct ConcurrencyTests {
  /// Geometries that are met for the first time on two threads at once: kernels for them are made at
  /// the same time. The oracle is the definition of a convolution.
  @Test func kernelsThatAreMadeAtOnceAreRight() async { await make([.float32, .float32]) }

  /// The same in both precisions at once.
  @Test(.enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"))
  func kernelsOfBothPrecisionsAreRight() async { await make([.float32, .bfloat16]) }

  private func make(_ precisions: [Precision]) async {
    await withTaskGroup(of: Void.self) { group in
      for precision in precisions + precisions {
        group.addTask {
          for size in 9..<60 {
            for outputs in [5, 17, 33, 49, 64] {
              let (actual, expected) = Self.convolution(
                outputs: outputs, size: size, on: CPU(threads: 1, precision: precision))
              #expect(
                relativeError(actual, expected) < (precision == .float32 ? 1e-5 : 1e-2),
                "\(precision), \(outputs) channels of \(size) x \(size)")
            }
          }
        }
      }
    }
  }

  /// 3 x 3 windows, 3 apart, over 2 images of 3 channels: as a device computes it, and by its sums.
  private static func convolution(
    outputs: Int, size: Int, on device: CPU
  ) -> (actual: [Float], expected: [Float]) {
    var generator = Generator(seed: 1)
    func random(_ shape: Shape) -> [Float] {
      (0..<shape.count).map { _ in Float(generator.uniform(-1, 1)) }
    }
    let weights = random([outputs, 3, 3, 3])
    let images = random([2, 3, size, size])
    let actual = conv2d(
      Tensor(images, shape: [2, 3, size, size], on: device),
      weight: Parameter(Tensor(weights, shape: [outputs, 3, 3, 3], on: device)),
      ConvolutionGeometry(stride: [3, 3]))
    let extent = size / 3
    var expected: [Float] = []
    for (image, output) in (0..<2).flatMap({ image in (0..<outputs).map { (image, $0) } }) {
      for (row, column) in (0..<extent).flatMap({ row in (0..<extent).map { (row, $0) } }) {
        var sum: Float = 0
        for tap in 0..<27 {
          let (channel, y, x) = (tap / 9, 3 * row + tap / 3 % 3, 3 * column + tap % 3)
          sum +=
            weights[27 * output + tap] * images[((3 * image + channel) * size + y) * size + x]
        }
        expected.append(sum)
      }
    }
    return (actual.values, expected)
  }
}
