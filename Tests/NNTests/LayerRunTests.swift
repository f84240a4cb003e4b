import NN
import Tensors
import TestKit
import Testing

/// Layers that are evaluated in fewer passes than there are layers.
@Suite struct LayerRunTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 3))

  /// An inverted residual and, behind it, a depthwise convolution with one that narrows.
  private func block() -> Sequential {
    let style = LayerStyle(norm: .batch, activation: .relu)
    let layers = [
      ConvModule(20, 40, kernel: 1, style: style, in: context),
      ConvModule(40, 40, kernel: 3, padding: 1, groups: 40, style: style, in: context),
      ConvModule(40, 24, kernel: 1, style: style.linear, in: context),
      ConvModule(24, 24, kernel: 5, padding: 2, groups: 24, style: style.linear, in: context),
      ConvModule(24, 20, kernel: 1, style: style.linear, in: context),
    ]
    let block = Sequential(layers)
    for (name, entry) in block.stateEntries() where entry.value.dtype == .float32 {
      _ = entry.value.floats.update(
        fromContentsOf: CounterNumbers.state(name, shape: entry.value.shape.dimensions))
    }
    block.setTraining(false)
    return block
  }

  private var images: Tensor {
    CounterNumbers.image("input", shape: [2, 20, 7, 8], on: context.device)
  }

  @Test func givesWhatItsLayersGive() {
    let block = block()
    let folded = block(images)
    let taped = block(Tape().watch(images))
    #expect(relativeError(folded, taped.values) < 1e-5)
    #expect(relativeError(block.fused(images, adding: images), (images + taped).values) < 1e-5)
  }

  @Test func showsWhatIsWatchedInIt() throws {
    let block = block()
    let whole = block(images)
    let plain = block(Tape().watch(images))
    for index in 0..<5 {
      let layer = block.children[index].module
      var shown: Tensor?
      let observation = layer.observe { shown = $0.outputs[0] }
      let output = block.fused(images, adding: images)
      observation.cancel()
      let value = try #require(shown)
      #expect(value.shape[1] == [40, 40, 24, 24, 20][index])
      #expect(relativeError(output, (images + plain).values) < 1e-5)
      if index == 4 { #expect(relativeError(value, whole.values) < 1e-5) }
    }
  }

  @Test func usesTheBatchInTraining() {
    let block = block()
    let evaluated = block(images)
    block.setTraining(true)
    #expect(relativeError(block(images), evaluated.values) > 0.01)
  }
}
