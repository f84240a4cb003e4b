import Tensors
import TestKit
import Testing

@Suite("Narrowed parameters")
struct NarrowingTests {
  let cpu = CPU()

  @Test("Ranges that touch are one; a selection tells its mask")
  func selections() {
    let selection = ChannelSelection([0..<2, 2..<3, 3..<3, 5..<7], of: 8)
    #expect(selection.ranges == [0..<3, 5..<7])
    #expect(selection.count == 5 && !selection.isPrefix && !selection.isAll)
    #expect(ChannelSelection(mask: selection.mask) == selection)
    #expect(ChannelSelection.prefix(8, of: 8).isAll)
    #expect("\(selection)" == "5 of 8")
  }

  @Test("Selecting and writing are each other's inverse", arguments: [0, 1, 2, 3])
  func selecting(_ pattern: Int) {
    let rows = [nil, .prefix(3, of: 5), ChannelSelection([1..<2, 3..<5], of: 5), nil][pattern]
    let columns = [
      nil, nil, .prefix(2, of: 4), ChannelSelection([0..<1, 2..<4], of: 4),
    ][pattern]
    let values = (0..<5 * 4 * 3).map(Float.init)
    let whole = Tensor(values, shape: [5, 4, 3], on: cpu)
    let part = whole.selecting([rows, columns])
    let expected = (0..<60).filter {
      (rows?.mask ?? Array(repeating: true, count: 5))[$0 / 12]
        && (columns?.mask ?? Array(repeating: true, count: 4))[$0 / 3 % 4]
    }.map(Float.init)
    #expect(part.values == expected)
    let target = Tensor.zeros([5, 4, 3], on: cpu)
    target.write(part, at: [rows, columns])
    target.write(part, at: [rows, columns], adds: true)
    #expect(
      target.values
        == values.enumerated().map { expected.contains($0.element) ? 2 * $0.element : 0 })
  }

  @Test("A part follows its parameter, and the same is asked for again")
  func following() {
    let whole = Parameter(Tensor((0..<12).map(Float.init), shape: [3, 4], on: cpu))
    let selections: [ChannelSelection?] = [nil, .prefix(2, of: 4)]
    let part = whole.narrowed(to: selections)
    #expect(part.value.values == [0, 1, 4, 5, 8, 9])
    let version = part.version
    #expect(whole.narrowed(to: selections) === part && part.version == version)
    whole.value.floats[4] = 40
    whole.markChanged()
    #expect(whole.narrowed(to: selections) === part)
    #expect(part.value.values == [0, 1, 40, 5, 8, 9] && part.version != version)
    #expect(whole.narrowed(to: [.prefix(3, of: 3), nil]) === whole)
    #expect(part.whole === whole)
    whole.requiresGradient = false
    #expect(!whole.narrowed(to: selections).requiresGradient)
  }

  @Test("A convolution of live channels equals one of all whose dead weights are zero")
  func convolution() {
    let (inputs, outputs) = (
      ChannelSelection([0..<2, 4..<5], of: 6), ChannelSelection.prefix(3, of: 5)
    )
    func make() -> (Parameter, Parameter) {
      (
        Parameter(
          Tensor(
            CounterNumbers.state("a.weight", shape: [5, 6, 3, 3]), shape: [5, 6, 3, 3], on: cpu)),
        Parameter(Tensor(CounterNumbers.state("a.bias", shape: [5]), shape: [5], on: cpu))
      )
    }
    let image = CounterNumbers.image("input", shape: [2, 6, 5, 5], on: cpu)
    let geometry = ConvolutionGeometry(padding: [1, 1])

    let (weight, bias) = make()
    let tape = Tape()
    let live = tape.watch(
      concatenate([image.slice(axis: 1, 0..<2), image.slice(axis: 1, 4..<5)], axis: 1),
      needsGradient: true)
    let sliced = conv2d(
      live, weight: weight.narrowed(to: [outputs, inputs]), bias: bias.narrowed(to: [outputs]),
      geometry)
    tape.backward(from: (sliced * sliced).sum())

    let (fullWeight, fullBias) = make()
    let mask = Tensor(inputs.mask.map { $0 ? 1 : 0 }, shape: [1, 6, 1, 1], on: cpu)
    let other = Tape()
    let full = conv2d(
      other.watch(image, needsGradient: true) * mask, weight: fullWeight, bias: fullBias, geometry
    ).slice(axis: 1, 0..<3)
    other.backward(from: (full * full).sum())

    #expect(relativeError(sliced, full.values) < 1e-5)
    #expect(gradient(weight).count == fullWeight.shape.count)
    #expect(relativeError(gradient(weight), gradient(fullWeight)) < 1e-5)
    #expect(relativeError(gradient(bias), gradient(fullBias)) < 1e-5)
  }

  @Test("Gradients of several parts add up, whichever comes first")
  func gradients() {
    let parameter = Parameter(.filled(1, shape: [4], on: cpu))
    func run(_ count: Int) {
      let tape = Tape()
      let value = tape.value(of: parameter.narrowed(to: [.prefix(count, of: 4)]))
      tape.backward(from: value.sum())
    }
    run(2)
    run(3)
    #expect(gradient(parameter) == [2, 2, 1, 0])
    run(4)
    #expect(gradient(parameter) == [3, 3, 2, 1])
    parameter.clearGradient()
    run(1)
    #expect(gradient(parameter) == [1, 0, 0, 0])
  }

  private func gradient(_ parameter: Parameter) -> [Float] {
    if case .value(let tensor) = parameter.gradient { tensor.values } else { [] }
  }
}
