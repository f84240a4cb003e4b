import Tensors
import TestKit
import Testing

/// Masks, places and extremes, which have no gradient or one of several.
@Suite struct SelectionTests {
  let cpu = CPU(threads: 2)

  @Test func comparisonsGiveMasks() {
    let x = Tensor([1, 2, 3, .nan], shape: [2, 2], on: cpu)
    let y = Tensor([2, 2], shape: [2], on: cpu)
    #expect((x .< y).values == [1, 0, 0, 0])
    #expect((x .<= y).values == [1, 1, 0, 0])
    #expect((x .> y).values == [0, 0, 1, 0])
    #expect((x .>= y).values == [0, 1, 1, 0])
    #expect((x .== 2).values == [0, 1, 0, 0])
    #expect((x .!= 2).values == [1, 0, 1, 1])
    #expect((x .> 1).values == [0, 1, 1, 0])
    #expect(select(x .> 1, x, y).values == [2, 2, 3, 2])
  }

  @Test func placesAreRowMajorWhateverTheLayout() {
    let values: [Float] = [1, 5, 2, 0, 7, 5, 3, 1, 7, 4, 9, 1]
    let x = Tensor(values, shape: [1, 3, 2, 2], layout: .channelsLast, on: cpu)
    #expect(x.argmax(axis: 1) == [1, 0, 2, 1])
    #expect(x.argmin(axis: 1) == [0, 2, 0, 0])
    #expect(x.argmax(axis: 3) == [1, 0, 0, 0, 0, 0])
    // Of equals the first.
    #expect(Tensor([3, 3, 3], shape: [3], on: cpu).argmax(axis: 0) == [0])
  }

  @Test func notANumberWins() {
    let x = Tensor([1, .nan, 3, 2], shape: [2, 2], on: cpu)
    #expect(x.max(axis: 1).values[0].isNaN && x.max(axis: 1).values[1] == 3)
    #expect(x.min(axis: 1).values[0].isNaN && x.min(axis: 1).values[1] == 2)
    #expect(x.max(axis: 0).values[1].isNaN && x.max(axis: 0).values[0] == 3)
    #expect(maximum(x, .zeros([2, 2], on: cpu)).values[1].isNaN)
    #expect(minimum(.zeros([2, 2], on: cpu), x).values[1].isNaN)
  }

  @Test func equalsShareAGradient() {
    func gradient(_ body: (Tensor) -> Tensor) -> [Float] {
      let tape = Tape()
      let x = tape.watch(Tensor([2, 1, 2, 0], shape: [1, 4], on: cpu), needsGradient: true)
      tape.backward(from: body(x).sum())
      return tape.gradient(of: x)?.values ?? []
    }
    #expect(gradient { $0.max(axes: [1]) } == [0.5, 0, 0.5, 0])
    #expect(gradient { $0.max(axis: 1) } == [1, 0, 0, 0])
    #expect(gradient { maximum($0, $0.detached * 0 + 1) } == [1, 0.5, 1, 0])
    #expect(gradient { ($0 * 0).norm(axes: [1]) } == [0, 0, 0, 0])
  }

  @Test func movingAxesThereAndBackKeepsEveryElement() {
    let x = Tensor.random([2, 3, 4, 5], seed: 1, on: cpu)
    let last = x.permuted([0, 2, 3, 1])
    #expect(last.shape == [2, 4, 5, 3])
    // Nothing moved: activations lie in memory like that.
    #expect(last.storage.pointer == x.storage.pointer)
    #expect(last.permuted([0, 3, 1, 2]).values == x.values)
    #expect(last.permuted([3, 2, 0, 1]).permuted([2, 3, 1, 0]).values == last.values)
  }
}
