import Configs
import NN
import Tensors
import TestKit
import Testing
import Zoo

/// What blocks leave in memory until the backward pass.
@Suite struct BackboneMemoryTests {
  /// The most bytes that a forward pass on a tape took at once.
  private func peak(depth: Int) throws -> Int {
    let device = CPU(threads: 2)
    let context = BuildContext(
      device: device, generator: Generator(seed: 0), catalogs: .zoo, drawsWeights: false)
    let config: Config = [
      "type": "ResNet", "depth": .int(depth), "num_stages": 3, "strides": .tuple([1, 2, 2]),
      "dilations": .tuple([1, 1, 1]), "out_indices": .tuple([2]), "stem_channels": 16,
      "base_channels": 16,
    ]
    let backbone = try context.catalogs.backbones.build(
      config, path: "model.backbone", scope: .mmcls, context: context)
    backbone.fillFromCounter()
    backbone.setTraining(true)
    let before = device.peakByteCount
    let outputs = backbone(
      Tape().watch(CounterNumbers.image("input", shape: [8, 3, 256, 256], on: device)))
    #expect(outputs.map(\.shape) == [[8, 256, 16, 16]])
    return device.peakByteCount - before
  }

  /// ResNet-101 has 17 blocks more than ResNet-50 in its third stage. Each leaves the outputs of its
  /// three convolutions; its own, as wide as the last of these, is given up.
  @Test func bottlenecksGiveUpTheirWideOutputs() throws {
    let (middle, wide) = (8 * 16 * 16 * 64 * 4, 8 * 16 * 16 * 256 * 4)
    let perBlock = try (peak(depth: 101) - peak(depth: 50)) / 17
    #expect(perBlock > 2 * middle + wide * 9 / 10)
    #expect(perBlock < 2 * middle + wide * 3 / 2, "\(perBlock)")
  }
}
