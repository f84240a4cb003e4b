import NN
import Tensors
import TestKit
import Testing

@Suite struct NormalizedConvolutionTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 3))

  final class Block: Module {
    var pair: NormalizedConvolution

    init(in context: LayerContext) {
      pair = NormalizedConvolution(3, 4, kernel: 3, stride: 2, padding: 1, in: context)
      super.init()
      pair.register(in: self, number: 2)
    }

    override func replaceChild(_ name: String, with module: Module) {
      let old = children.first { $0.name == name }?.module
      super.replaceChild(name, with: module)
      let isReplaced = pair.replace(old, with: module)
      #expect(isReplaced)
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
    stir(block.pair.norm)
    block.setTraining(false)
    let folded = block.pair(images, activation: activation)
    let taped = block.pair(Tape().watch(images), activation: activation)
    let linear = block.pair.norm(block.pair.conv(images))
    let plain = activation?(linear) ?? linear
    #expect(relativeError(folded, plain.values) < 1e-5)
    #expect(relativeError(taped, plain.values) < 1e-6)
  }

  @Test func normalisesWithTheBatchInTraining() throws {
    let block = Block(in: context)
    let output = block.pair(images)
    let mean = output.values.reduce(0, +) / Float(output.shape.count)
    #expect(abs(mean) < 1e-5)
    let norm = try #require(block.pair.norm as? BatchNorm2d)
    #expect(norm.runningMean?.value.values != [0, 0, 0, 0])
  }

  @Test func takesAnotherNormalisation() {
    let block = Block(in: context)
    let other = BatchNorm2d(4, in: context)
    stir(other)
    other.setTraining(false)
    block.replaceChild("bn2", with: other)
    #expect(block.pair.norm === other)
    let expected = other(block.pair.conv(images))
    #expect(relativeError(block.pair(images), expected.values) < 1e-5)
    let convIsReplaced = block.pair.replace(block.pair.conv, with: other)
    #expect(!convIsReplaced)
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
