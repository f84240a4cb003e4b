import Tensors
import TestKit
import Testing

/// Another shape over the same memory: what is known of the elements, or still to be computed, was
/// meant for the former one.
@Suite struct RelabellingTests {
  let cpu = CPU(threads: 2)

  private func weight(_ shape: Shape) -> Parameter {
    Parameter(.random(shape, seed: 1, layout: .rowMajor, on: cpu))
  }

  private func normalized(_ x: Tensor) -> Tensor {
    batchNormTraining(
      x, weight: nil, bias: nil, runningMean: nil, runningVariance: nil, momentum: 0.1,
      epsilon: 1e-5)
  }

  /// The same value without any past.
  private func fresh(_ x: Tensor, on tape: Tape) -> Tensor {
    tape.watch(
      Tensor(x.values, shape: x.shape, layout: .channelsLast, on: cpu), needsGradient: true)
  }

  @Test func reshapedOutputsOfConvolutionsAreNormalizedAnew() {
    let tape = Tape()
    let x = tape.watch(.random([4, 6, 1, 1], seed: 2, on: cpu), needsGradient: true)
    let convolved = conv2d(x, weight: weight([6, 6, 1, 1]), ConvolutionGeometry())
    let reshaped = convolved.reshaped([8, 3, 1, 1])
    #expect(
      relativeError(normalized(reshaped), normalized(fresh(reshaped, on: tape)).values) < 1e-6)
    #expect(
      relativeError(normalized(convolved), normalized(fresh(convolved, on: tape)).values) < 1e-6)
  }

  @Test func movedAxesOfPendingElementsAreComputedAsAWhole() {
    let tape = Tape()
    let x = tape.watch(.random([1, 4, 3, 5], seed: 3, on: cpu), needsGradient: true)
    for axes in [[2, 1, 3, 0], [2, 3, 1, 0], [0, 2, 3, 1], [2, 1, 0, 3]] {
      let moved = normalized(x).permuted(axes)
      let kernel = weight([2, moved.shape[1], 1, 1])
      let expected = conv2d(fresh(moved, on: tape), weight: kernel, ConvolutionGeometry())
      let actual = conv2d(
        normalized(x).permuted(axes), weight: kernel, ConvolutionGeometry())
      #expect(relativeError(actual, expected.values) < 1e-6, "\(axes)")
      let reshaped = normalized(x).permuted(axes).reshaped([2, 30, 1, 1])
      let wide = weight([2, 30, 1, 1])
      #expect(
        relativeError(
          conv2d(reshaped, weight: wide, ConvolutionGeometry()),
          conv2d(fresh(reshaped, on: tape), weight: wide, ConvolutionGeometry()).values) < 1e-6)
    }
  }
}
