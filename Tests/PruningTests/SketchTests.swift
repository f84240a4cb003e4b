import NN
import OrderedCollections
import Pruning
import Tensors
import TestKit
import Testing
import Zoo

/// Small networks, one for each way in which channels can hang together. Each is narrowed, and must
/// compute what it computes at full width when the weights that read dead channels are zero.
@Suite("Channels that hang together")
struct SketchTests {
  let context = PrunableNets.context(seed: 3)

  private func conv(_ inputs: Int, _ outputs: Int, groups: Int = 1, bias: Bool = false) -> Conv2d {
    Conv2d(
      inputs, outputs, kernel: [3, 3],
      geometry: ConvolutionGeometry(padding: [1, 1], groups: groups), hasBias: bias, in: context)
  }

  private func norm(_ channels: Int) -> BatchNorm2d { BatchNorm2d(channels, in: context) }

  private func prepare(
    _ net: SketchNet, ratios: [Double] = [0.5, 1]
  ) throws -> RatioPruner {
    for (_, entry) in net.stateEntries() where entry.value.shape.rank == 1 {
      for index in entry.value.floats.indices {
        entry.value.floats[index] += 0.1 * Float(index % 7)
      }
    }
    let pruner = RatioPruner(ratios: ratios)
    try pruner.prepare(net, input: [1, 3, 8, 8], on: context.device) { _ = net($0) }
    return pruner
  }

  /// Compares the narrowed network with one whose convolutions read zeros for dead channels.
  private func checkNarrow(_ net: SketchNet, _ pruner: RatioPruner) {
    let image = CounterNumbers.image("input", shape: [2, 3, 8, 8], on: context.device)
    let layers = net.namedModules().compactMap { $0.module as? any SlimmableLayer }
    var generator = Generator(seed: 5)
    for _ in 0..<3 {
      let subnet = pruner.sampleSubnet(&generator)
      pruner.setSubnet(subnet)
      let narrow = net.evaluating { net(image) }
      let dead = layers.map { $0.inMask?.selection?.mask }
      pruner.setMaxChannel()
      let weights = zip(layers, dead).compactMap { layer, mask in
        mask.map { (layer: layer, mask: $0, weight: layer.parameters[0].parameter) }
      }
      let before = weights.map { Array($0.weight.value.floats) }
      for (layer, mask, weight) in weights where (layer as? Conv2d)?.isDepthwise != true {
        let shape = weight.shape
        let inner = shape.dimensions.dropFirst(2).reduce(1, *)
        for index in weight.value.floats.indices where !mask[index / inner % shape[1]] {
          weight.value.floats[index] = 0
        }
        weight.markChanged()
      }
      let masked = net.evaluating { net(image) }
      for (entry, values) in zip(weights, before) {
        _ = entry.weight.value.floats.update(fromContentsOf: values)
        entry.weight.markChanged()
      }
      #expect(narrow.shape == masked.shape)
      #expect(relativeError(narrow, masked.values) < 1e-5)
    }
  }

  private func spaces(_ pruner: RatioPruner) -> [[String]] {
    pruner.channelSpaces.map { $0.layers.sorted() }
  }

  @Test func residualSumsTieTheirTerms() throws {
    let net = SketchNet([
      "a": conv(3, 8), "na": norm(8), "b": conv(8, 8), "nb": norm(8), "c": conv(8, 6),
      "d": conv(6, 2),
    ]) { net, x in
      let a = activate(net["na"](net["a"](x)), .relu)
      return net["d"](net["c"](a + net["nb"](net["b"](a))))
    }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["c"], ["a", "b"]])
    #expect(pruner.channelSpaces.map(\.id) == ["c", "group_0"])
    checkNarrow(net, pruner)
  }

  @Test func depthwiseConvolutionsKeepTheirInputsChannels() throws {
    let net = SketchNet([
      "a": conv(3, 8), "d": conv(8, 8, groups: 8, bias: true), "n": norm(8), "c": conv(8, 2),
    ]) { net, x in net["c"](net["n"](net["d"](net["a"](x)))) }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["a", "d"]])
    checkNarrow(net, pruner)
    pruner.setMinChannel()
    #expect((net["d"] as? Conv2d)?.geometry.groups == 4)
  }

  @Test func concatenationsJoinWhatLives() throws {
    let net = SketchNet([
      "a": conv(3, 4), "b": conv(3, 6), "n": norm(10), "d": conv(10, 10, groups: 10),
      "c": conv(10, 2),
    ]) { net, x in
      net["c"](net["d"](net["n"](concatenate([net["a"](x), net["b"](x)], axis: 1))))
    }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["a"], ["b"]])
    checkNarrow(net, pruner)
    pruner.setMinChannel()
    #expect((net["n"] as? BatchNorm2d)?.outMask?.selection?.ranges == [0..<2, 4..<7])
  }

  @Test func onlyLiveStatisticsMove() throws {
    let net = SketchNet(["a": conv(3, 4), "b": conv(3, 6), "n": norm(10), "c": conv(10, 2)]) {
      net, x in net["c"](net["n"](concatenate([net["a"](x), net["b"](x)], axis: 1)))
    }
    let pruner = try prepare(net)
    pruner.setMinChannel()
    net.setTraining(true)
    _ = net(CounterNumbers.image("input", shape: [2, 3, 8, 8], on: context.device))
    let norm = try #require(net["n"] as? BatchNorm2d)
    let variance = try #require(norm.runningVariance?.value)
    let moved = variance.values.map { $0 != 1 }
    #expect(moved == norm.outMask?.selection?.mask)
  }

  @Test func gatesAreTiedToWhatTheyScale() throws {
    let net = SketchNet([
      "a": conv(3, 8), "g1": conv(8, 4, bias: true), "g2": conv(4, 8, bias: true),
      "c": conv(8, 2),
    ]) { net, x in
      let a = net["a"](x)
      let gate = activate(net["g2"](activate(net["g1"](globalAveragePool(a)), .relu)), .sigmoid)
      return net["c"](a * gate)
    }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["a", "g2"], ["g1"]])
    checkNarrow(net, pruner)
  }

  @Test func sharedLayersTieWhatTheyAreFed() throws {
    let net = SketchNet(["a": conv(3, 8), "b": conv(3, 8), "s": conv(8, 4), "c": conv(4, 2)]) {
      net, x in net["c"](net["s"](net["a"](x)) + net["s"](net["b"](x)))
    }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["s"], ["a", "b"]])
    checkNarrow(net, pruner)
  }

  @Test func flattenedMapsKeepAllPixelsOfTheirChannels() throws {
    let net = SketchNet(["a": conv(3, 4), "fc": Linear(4 * 16, 5, in: context)]) { net, x in
      net["fc"](
        pool(net["a"](x), Pooling(kind: .max, kernel: [2, 2], stride: [2, 2])).flattened())
    }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["a"]])
    checkNarrow(net, pruner)
    pruner.setMinChannel()
    #expect((net["fc"] as? Linear)?.inMask?.selection?.ranges == [0..<32])
  }

  @Test func cutsShufflesAndGroupsKeepAllChannels() throws {
    let net = SketchNet([
      "a": conv(3, 8), "g": conv(8, 8, groups: 2), "s": conv(8, 8), "h": conv(4, 6),
      "c": conv(6, 2),
    ]) { net, x in
      let cut = channelShuffle(net["s"](net["g"](net["a"](x))), groups: 2).chunk(2, axis: 1)
      return net["c"](net["h"](cut[0]) + net["h"](cut[1]))
    }
    let pruner = try prepare(net)
    #expect(spaces(pruner) == [["h"]])
    checkNarrow(net, pruner)
  }

  @Test func whatCannotBeFollowedIsNamed() throws {
    let net = SketchNet(["a": conv(3, 8), "b": conv(8, 8), "c": conv(8, 2)]) { net, x in
      net["c"](softmax(net["b"](net["a"](x)), axis: 1))
    }
    #expect(throws: PruningError.unsupportedOperation(operation: "softmax", path: "b")) {
      _ = try prepare(net)
    }
    let excepting = RatioPruner(ratios: [0.5], exceptStartKeys: ["b"])
    try excepting.prepare(net, input: [1, 3, 8, 8], on: context.device) { _ = net($0) }
    #expect(spaces(excepting) == [["a"]])
  }

  @Test func outputsAndTheirScoresStayWhole() throws {
    let net = SketchNet(["a": conv(3, 8), "b": conv(8, 4)]) { net, x in
      softmax(net["b"](net["a"](x)), axis: 1)
    }
    #expect(spaces(try prepare(net)) == [["a"]])
  }

  @Test func aRatioMustLeaveAChannel() throws {
    let net = SketchNet(["a": conv(3, 2), "b": conv(2, 4)]) { net, x in net["b"](net["a"](x)) }
    #expect(throws: PruningError.noChannels(spaceID: "a", ratio: 0.1, channels: 2)) {
      _ = try prepare(net, ratios: [1, 0.1])
    }
  }

  @Test func widthsAreRoundedAsInPython() throws {
    let net = SketchNet(["a": conv(3, 5), "b": conv(5, 7), "c": conv(7, 2)]) { net, x in
      net["c"](net["b"](net["a"](x)))
    }
    let pruner = try prepare(net, ratios: [0.5, 0.3])
    #expect(pruner.minimalSubnet.channels.values.map(\.count) == [2, 2])
    let half = try prepare(net, ratios: [0.5])
    // 3.5 goes to 4, 2.5 to 2.
    #expect(half.minimalSubnet.channels.values.map(\.count) == [4, 2])
  }

  @Test func binsAreWholeAndTheRestIsDead() throws {
    let net = SketchNet(["a": conv(3, 14), "b": conv(14, 2)]) { net, x in net["b"](net["a"](x)) }
    let pruner = try prepare(net)
    var bins = pruner.maxChannelBins(4)
    #expect(bins == ["a": [true, true, true, true]])
    pruner.setChannelBins(bins)
    #expect(pruner.currentSubnet["a"]?.ranges == [0..<12])
    bins["a"] = [true, false, true, false]
    pruner.setChannelBins(bins)
    #expect(pruner.currentSubnet["a"]?.ranges == [0..<3, 6..<9])
    checkNarrow(net, pruner)
  }

  @Test func masksThatACheckpointBringsAreAdopted() throws {
    let net = SketchNet(["a": conv(3, 8), "n": norm(8), "b": conv(8, 2)]) { net, x in
      net["b"](net["n"](net["a"](x)))
    }
    let pruner = try prepare(net)
    let mask = try #require((net["a"] as? Conv2d)?.outMask)
    mask.value = Tensor([1, 1, 1, 0, 0, 0, 0, 0], shape: [1, 8, 1, 1], on: context.device)
    try pruner.adoptMasks()
    #expect(pruner.currentSubnet["a"]?.count == 3)
    let config = pruner.exportSubnet().layers
    #expect(config["b"]?.inChannels == 3 && config["n"]?.outChannels == 3)
    mask.value = .zeros([1, 8, 1, 1], on: context.device)
    #expect(throws: PruningError.inconsistentMasks(path: "a", live: 0, needed: 1)) {
      try pruner.adoptMasks()
    }
  }
}
