import NN
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

/// Replays what the original recorded: logits, and three steps of its own training loop.
@Suite(.serialized) struct TrainingStepTests {
  static let kinds: [(SPOSNet, isSupernet: Bool)] = [
    (.shufflenetv2, true), (.shufflenetv2, false), (.mobilenet, true), (.mobilenet, false),
  ]

  @Test(arguments: kinds)
  func evaluatesToTheRecordedLogits(net: SPOSNet, isSupernet: Bool) throws {
    let recorded = try Recording(net, isSupernet: isSupernet)
    let network = try recorded.network()
    network.model.setTraining(false)
    let images = CounterNumbers.image("input", shape: recorded.imageShape, on: network.device)
    let expected = try recorded.tensors.floats("logits.eval.before")
    #expect(relativeError(network.model.logits(images: images), expected) < 1e-4)
    // On a tape nothing is folded, and the values must be the same.
    let taped = network.model.logits(images: Tape().watch(images))
    #expect(relativeError(taped, expected) < 1e-4)
  }

  @Test(arguments: kinds)
  func usesBatchStatisticsWhereToldTo(net: SPOSNet, isSupernet: Bool) throws {
    let recorded = try Recording(net, isSupernet: isSupernet)
    let network = try recorded.network()
    network.model.setTraining(false)
    network.model.forEachModule { ($0 as? BatchNorm2d)?.setTraining(true) }
    let images = CounterNumbers.image("input", shape: recorded.imageShape, on: network.device)
    let logits = network.model.logits(images: images)
    let expected = try recorded.tensors.floats("logits.bn_training_mode")
    #expect(relativeError(logits, expected) < 1e-3)
    let norms = try recorded.tensors.values("statistic_norms.bn_training_mode")
    #expect(worstRatio(network.statisticNorms, norms) < 1e-5)
  }

  @Test(arguments: kinds)
  func trainsAsTheOriginal(net: SPOSNet, isSupernet: Bool) throws {
    let recorded = try Recording(net, isSupernet: isSupernet)
    let network = try recorded.network()
    network.model.setTraining(true)
    let decays = try recorded.weightDecays()
    let parameters = network.model.namedParameters(prefix: Supernet.prefix)
    #expect(parameters.map(\.name) == decays.map(\.name))
    // Nothing is so near to the edge of a rectifier that rounding decides.
    #expect(recorded.steps.edges.margin >= RecordedEdges.leastMargin)
    let moved = recorded.moves.reduce(into: Set()) { $0.formUnion($1.names) }
    #expect(recorded.moves.count == recorded.steps.steps.count && !moved.isEmpty)
    #expect(moved.isSubset(of: parameters.map(\.name)))
    var buffers = [Tensor?](repeating: nil, count: parameters.count)

    for (index, step) in recorded.steps.steps.enumerated() {
      if let choices = step.choices { network.mutator.setSubnet(Subnet(choices)) }
      for (_, parameter) in parameters { parameter.clearGradient() }
      recorded.moves[index].apply(to: parameters)
      let tape = Tape()
      let images = CounterNumbers.image(
        "input.\(index + 1)", shape: recorded.imageShape, on: network.device)
      let losses = try network.model.forwardTrain(
        images: tape.watch(images), labels: .labels(recorded.steps.labels[index]))
      let loss = try #require(losses.first { $0.name == "loss" }).value
      let lossError = abs(Double(loss.scalar) - recorded.steps.lossesFloat64[index])
      #expect(lossError < 1e-5 * step.loss)
      tape.backward(from: loss)
      try recorded.compareGradients(of: parameters, step: index + 1)

      for (position, (_, parameter)) in parameters.enumerated() {
        sgdUpdate(
          parameter, momentumBuffer: &buffers[position], learningRate: Float(step.lr[0]),
          momentum: 0.9, dampening: 0, weightDecay: decays[position].decay, nesterov: false)
      }
      try recorded.compareState(of: network, parameters, step: index + 1)
    }

    network.model.setTraining(false)
    if isSupernet { network.mutator.setSubnet(recorded.chosen) }
    let images = CounterNumbers.image("input", shape: recorded.imageShape, on: network.device)
    let after = try recorded.tensors.floats("float64.logits.eval.after")
    #expect(relativeError(network.model.logits(images: images), after) < 1e-4)
  }
}
