import NN
import Tensors
import TestKit
import Testing

@Suite struct ComplexityTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 1))

  func flops(_ layer: any Layer, _ input: Shape) -> Int {
    Complexity.measure(layer, input: input, on: context.device) { _ = layer($0) }.flops
  }

  @Test func countsLayersAsTheOriginal() {
    let image: Shape = [1, 4, 6, 6]
    // 36 pixels, 8 outputs of 4 * 9 multiply-adds, and a bias.
    let conv = Conv2d(
      4, 8, kernel: [3, 3], geometry: ConvolutionGeometry(padding: [1, 1]), in: context)
    #expect(flops(conv, image) == 36 * 8 * 36 + 36 * 8)
    let depthwise = Conv2d(
      4, 4, kernel: [3, 3],
      geometry: ConvolutionGeometry(stride: [2, 2], padding: [1, 1], groups: 4),
      hasBias: false, in: context)
    #expect(flops(depthwise, image) == 9 * 4 * 9)
    #expect(flops(BatchNorm2d(4, in: context), image) == 2 * 144)
    #expect(flops(BatchNorm2d(4, isAffine: false, in: context), image) == 144)
    #expect(flops(AdaptiveAveragePool2d(), image) == 144)
    #expect(flops(Linear(7, 5, in: context), [1, 7]) == 35)
    #expect(flops(ActivationLayer(.relu), image) == 144)
    #expect(flops(ActivationLayer(.sigmoid), image) == 0)
  }

  @Test func countsFusedActivations() {
    let block = ConvModule(4, 4, kernel: 1, style: LayerStyle(), in: context)
    #expect(flops(block, [1, 4, 6, 6]) == 36 * 16 + 2 * 144 + 144)
  }

  @Test func leavesTheModuleAsItWas() {
    let norm = BatchNorm2d(4, in: context)
    _ = flops(norm, [1, 4, 6, 6])
    #expect(norm.isTraining)
    #expect(norm.runningMean?.value.values == [0, 0, 0, 0])
  }

  @Test func partsInAModeOfTheirOwnStayInIt() throws {
    let block = ConvModule(4, 4, kernel: 1, style: LayerStyle(), in: context)
    block.setTraining(false)
    block.norm?.setTraining(true)
    _ = flops(block, [1, 4, 6, 6])
    #expect(!block.isTraining)
    #expect(block.norm?.isTraining == true)
    let norm = try #require(block.norm as? BatchNorm2d)
    #expect(norm.batchCount?.value.storage.pointer.load(as: Int64.self) == 0)
  }

  @Test func onlyTrainedParametersCount() {
    let layer = Linear(7, 5, in: context)
    #expect(layer.trainedParameterCount == 40)
    layer.linearWeight.requiresGradient = false
    #expect(layer.trainedParameterCount == 5)
  }

  @Test(arguments: [
    (332_644_928, 3_558_952, "0.33 GFLOPs", "3.56 M"),
    (1_500_000_000, 12_345, "1.5 GFLOPs", "12.35 k"),
    (1_000, 999, "0.0 GFLOPs", "999"),
  ])
  func readsAsTheOriginal(flops: Int, parameters: Int, flopsText: String, parametersText: String) {
    let cost = Complexity(flops: flops, parameters: parameters)
    #expect(cost.flopsText == flopsText)
    #expect(cost.parametersText == parametersText)
  }
}
