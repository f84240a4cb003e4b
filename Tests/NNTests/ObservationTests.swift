import NN
import Tensors
import TestKit
import Testing

/// The door through which modules are called.
@Suite struct ObservationTests {
  let context = LayerContext(device: CPU(threads: 1), generator: Generator(seed: 1))

  private func tensor(_ values: Float...) -> Tensor {
    Tensor(values, shape: [1, values.count], on: context.device)
  }

  /// The input, and its double.
  final class Fork: Module, BranchingLayer {
    func forward(_ input: Tensor) -> [Tensor] { [input, input + input] }
  }

  final class Doubling: Module, ListLayer {
    func forward(_ inputs: [Tensor]) -> [Tensor] { inputs.map { $0 + $0 } }
  }

  final class Sum: Module, MergingLayer {
    func forward(_ inputs: [Tensor]) -> Tensor { inputs.dropFirst().reduce(inputs[0], +) }
  }

  final class Product: Module, PairLayer {
    func forward(_ first: Tensor, _ second: Tensor) -> Tensor { first * second }
  }

  @Test func observersSeeInputsAndOutputsOfEveryShapeOfCall() {
    let (fork, doubling, sum, product) = (Fork(), Doubling(), Sum(), Product())
    let identity = IdentityLayer()
    var seen: [(name: String, inputs: [[Float]], outputs: [[Float]])] = []
    let observations = [fork, doubling, sum, product, identity].map { (module: Module) in
      module.observe { call in
        #expect(call.module === module)
        #expect(call.isComputed)
        seen.append(
          ("\(type(of: module))", call.inputs.map(\.values), call.outputs.map(\.values)))
      }
    }
    let result = identity(product(sum(doubling(fork(tensor(1, 2)))), tensor(3, 4)))
    #expect(result.values == [18, 48])
    #expect(seen.map(\.name) == ["Fork", "Doubling", "Sum", "Product", "IdentityLayer"])
    #expect(
      seen.map(\.inputs) == [
        [[1, 2]], [[1, 2], [2, 4]], [[2, 4], [4, 8]], [[6, 12], [3, 4]], [[18, 48]],
      ])
    #expect(
      seen.map(\.outputs) == [
        [[1, 2], [2, 4]], [[2, 4], [4, 8]], [[6, 12]], [[18, 48]], [[18, 48]],
      ])
    for observation in observations { observation.cancel() }
  }

  @Test func severalObserversAreToldUntilTheirObservationsEnd() {
    let layer = IdentityLayer()
    var told: [String] = []
    let first = layer.observe { _ in told.append("first") }
    var second: Observation? = layer.observe { _ in told.append("second") }
    _ = layer(tensor(1))
    #expect(told == ["first", "second"])
    first.cancel()
    _ = layer(tensor(1))
    #expect(told == ["first", "second", "second"])
    #expect(second != nil && layer.isIntercepted)
    second = nil
    #expect(!layer.isIntercepted)
    _ = layer(tensor(1))
    #expect(told.count == 3)
  }

  @Test func anObserverMayEndItsObservationFromACall() {
    let layer = IdentityLayer()
    var count = 0
    var once: Observation?
    once = layer.observe { _ in
      count += 1
      once?.cancel()
    }
    _ = layer(layer(tensor(1)))
    #expect(count == 1)
    #expect(!layer.isIntercepted)
  }

  @Test func aCacheGivesOutputsThatAreNotComputed() {
    let (layer, fork) = (Linear(2, 2, in: context), Fork())
    layer.cachedOutputs = [tensor(7, 8)]
    fork.cachedOutputs = [tensor(1), tensor(2), tensor(3)]
    var calls: [ModuleCall] = []
    let observations = [layer.observe { calls.append($0) }, fork.observe { calls.append($0) }]
    #expect(layer(tensor(1, 1)).values == [7, 8])
    #expect(fork(tensor(0)).map(\.values) == [[1], [2], [3]])
    #expect(calls.map(\.isComputed) == [false, false])
    #expect(calls.map(\.outputs.count) == [1, 3])
    for observation in observations { observation.cancel() }
    #expect(layer.isIntercepted)
    layer.cachedOutputs = nil
    #expect(!layer.isIntercepted)
    #expect(layer(tensor(1, 1)).values != [7, 8])
  }

  @Test func observedNetworksAreNotEvaluatedInParts() {
    let net = Sequential([IdentityLayer(), Sequential([IdentityLayer()])])
    net.setTraining(false)
    #expect(net.treatsImagesAlone)
    let part = net.children[1].module.children[0].module
    let observation = part.observe { _ in }
    #expect(!net.treatsImagesAlone)
    observation.cancel()
    #expect(net.treatsImagesAlone)
  }
}
