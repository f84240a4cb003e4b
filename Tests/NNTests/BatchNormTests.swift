import NN
import Tensors
import TestKit
import Testing

@Suite struct BatchNormTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 1))

  /// Two images of two channels and two pixels; channel means 4 and 0.5, variances 5 and 0.25.
  var images: Tensor {
    Tensor(
      channelsLast: [1, 0, 3, 1, 5, 0, 7, 1], shape: [2, 2, 1, 2], on: context.device)
  }

  @Test func trainingNormalisesBatchesAndTracksThem() throws {
    let norm = BatchNorm2d(2, in: context)
    let output = norm(images).values
    let expected = [-3, -1, -1, 1, 1, 3, -1, 1].enumerated().map { index, value in
      [0, 1, 4, 5].contains(index) ? Float(value) / 5.0.squareRoot().float : Float(value)
    }
    #expect(relativeError(output, expected) < 1e-4)
    // The running variance takes the unbiased one: 5 * 4 / 3.
    #expect(relativeError(try #require(norm.runningMean?.value), [0.4, 0.05]) < 1e-6)
    #expect(
      relativeError(
        try #require(norm.runningVariance?.value), [0.9 + 0.1 * 20 / 3, 0.9 + 0.1 / 3]) < 1e-6)
    #expect(norm.count == 1)
  }

  @Test func evaluationUsesWhatWasTrackedAndLeavesItAlone() {
    let norm = BatchNorm2d(2, in: context)
    norm.setTraining(false)
    #expect(relativeError(norm(images), images.values) < 1e-4)
    #expect(norm.count == 0)
    #expect(norm.runningMean?.value.values == [0, 0])
  }

  @Test func withoutMomentumAllBatchesCountAlike() throws {
    let norm = BatchNorm2d(2, momentum: nil, in: context)
    _ = norm(images)
    _ = norm(images * 3)
    #expect(relativeError(try #require(norm.runningMean?.value), [8, 1]) < 1e-6)
    #expect(norm.count == 2)
  }

  @Test func withoutTrackingBatchesAlwaysCount() {
    let norm = BatchNorm2d(2, tracksStatistics: false, in: context)
    let trained = norm(images).values
    norm.setTraining(false)
    #expect(norm.usesBatchStatistics)
    #expect(norm(images).values == trained)
    #expect(norm.stateEntries().map(\.name) == ["weight", "bias"])
  }

  @Test func stateHasPyTorchsNames() {
    let norm = BatchNorm2d(2, in: context)
    #expect(
      norm.stateEntries().map(\.name)
        == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
    #expect(BatchNorm2d(2, isAffine: false, in: context).parameters.isEmpty)
  }
}

extension BatchNorm2d {
  fileprivate var count: Int64? { batchCount?.value.storage.pointer.load(as: Int64.self) }
}

extension Double {
  fileprivate var float: Float { Float(self) }
}
