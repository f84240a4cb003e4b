import Kernels
import NN
import Tensors
import TestKit
import Testing
import Zoo

/// Blocks that take the halves of the one before as they are written, against blocks whose outputs
/// somebody wants as a whole.
@Suite struct ShuffleBlockTests {
  /// From 8 channels to `width`, three blocks of `width`, and to 40.
  private func blocks(width: Int, in context: LayerContext) -> Sequential {
    let style = LayerStyle(norm: .batch, activation: .relu)
    let widths = [(8, width), (width, width), (width, width), (width, width), (width, 40)]
    let blocks = Sequential(
      widths.map { inputs, outputs in
        ShuffleNetV2Block(
          inputs, outputs, stride: inputs == outputs ? 1 : 2, style: style, in: context)
      })
    for (name, entry) in blocks.stateEntries() where entry.value.dtype == .float32 {
      _ = entry.value.floats.update(
        fromContentsOf: CounterNumbers.state(name, shape: entry.value.shape.dimensions))
    }
    return blocks
  }

  @Test(arguments: [6, 20, 58])
  func givesTheSameWhereWholeOutputsAreRead(width: Int) {
    compareWithWholeOutputs(width: width, in: .float32)
  }

  @Test(
    .enabled(if: CPU.computesFast(.bfloat16), "this processor has no fast bfloat16"),
    arguments: [6, 20, 58])
  func givesTheSameInBFloat16(width: Int) {
    compareWithWholeOutputs(width: width, in: .bfloat16)
  }

  private func compareWithWholeOutputs(width: Int, in precision: Precision) {
    let context = LayerContext(
      device: CPU(threads: 2, precision: precision), generator: Generator(seed: 3))
    let blocks = blocks(width: width, in: context)
    let images = CounterNumbers.image("input", shape: [3, 8, 18, 14], on: context.device)
    for training in [false, true] {
      blocks.setTraining(training)
      let output = blocks(images).values
      var count = 0
      let observations = blocks.children.map { child in
        child.module.observe { count += $0.outputs[0].values.count }
      }
      #expect(blocks(images).values == output, "training: \(training)")
      #expect(count == 3 * 9 * 7 * 4 * width + 3 * 5 * 4 * 40)
      for observation in observations { observation.cancel() }
    }
  }
}
