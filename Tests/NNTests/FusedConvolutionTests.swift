import NN
import Tensors
import TestKit
import Testing

@Suite struct FusedConvolutionTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 3))

  final class Block: Module {
    @Child var conv2: Conv2d
    @Child var norm2: any NormalizationLayer

    init(in context: LayerContext) {
      conv2 = Conv2d(3, 4, kernel: 3, stride: 2, padding: 1, in: context)
      _norm2 = NormSpec.batch.child(2, 4, in: context)
      super.init()
    }

    func output(_ input: Tensor, activation: ActivationLayer? = nil) -> Tensor {
      conv2.fused(input, norm2, activation)
    }
  }

  var images: Tensor { CounterNumbers.image("input", shape: [2, 3, 7, 7], on: context.device) }

  /// Gives the normalisation statistics and weights that do something.
  func stir(_ norm: Module) {
    for (name, entry) in norm.stateEntries(prefix: "bn") where entry.value.dtype == .float32 {
      _ = entry.value.floats.update(
        fromContentsOf: CounterNumbers.state(name, shape: entry.value.shape.dimensions))
    }
  }

  @Test func isRegisteredUnderUpstreamsNames() {
    let names = Block(in: context).stateEntries().map(\.name)
    #expect(
      names == [
        "conv2.weight", "bn2.weight", "bn2.bias", "bn2.running_mean", "bn2.running_var",
        "bn2.num_batches_tracked",
      ])
  }

  @Test(arguments: [
    nil, ActivationSpec.relu, ActivationSpec("Clamp", .clamp(minimum: -0.5, maximum: 0.5)),
  ])
  func isTheSameFoldedAndNot(spec: ActivationSpec?) {
    let activation = spec.map(ActivationLayer.init)
    let block = Block(in: context)
    stir(block.norm2)
    block.setTraining(false)
    let folded = block.output(images, activation: activation)
    let taped = block.output(Tape().watch(images), activation: activation)
    let linear = block.norm2(block.conv2(images))
    let plain = activation?(linear) ?? linear
    #expect(relativeError(folded, plain.values) < 1e-5)
    #expect(relativeError(taped, plain.values) < 1e-6)
  }

  @Test func normalisesWithTheBatchInTraining() throws {
    let block = Block(in: context)
    let output = block.output(images)
    let mean = output.values.reduce(0, +) / Float(output.shape.count)
    #expect(abs(mean) < 1e-5)
    let norm = try #require(block.norm2 as? BatchNorm2d)
    #expect(norm.runningMean?.value.values != [0, 0, 0, 0])
  }

  @Test func takesAnotherNormalisation() throws {
    let block = Block(in: context)
    let other = BatchNorm2d(4, in: context)
    stir(other)
    other.setTraining(false)
    try block.replaceChild("bn2", with: other)
    #expect(block.norm2 === other)
    let expected = other(block.conv2(images))
    #expect(relativeError(block.output(images), expected.values) < 1e-5)
    let error = #expect(throws: ModuleError.self) { try block.replaceChild("conv2", with: other) }
    #expect(
      error
        == .wrongType(child: "conv2", parent: "Block", holds: "Conv2d", found: "BatchNorm2d"))
    #expect(block.children.map(\.name) == ["conv2", "bn2"])
  }

  @Test func poolsWhatIsLeftAtTheEdges() {
    let image = Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [1, 1, 3, 3], on: context.device)
    let mean = AveragePool2d(kernel: 2, stride: 2, roundsUp: true, countsPadding: false)
    #expect(mean(image).values == [3, 4.5, 7.5, 9])
    #expect(MaxPool2d(kernel: 3, stride: 2, padding: 1)(image).values == [5, 6, 8, 9])
    #expect(MaxPool2d(kernel: 2, stride: 2)(image).values == [5])
    // A window may reach over the edge of an image that is smaller than itself.
    let pixel = Tensor([7], shape: [1, 1, 1, 1], on: context.device)
    #expect(mean(pixel).values == [7])
  }
}
