import Configs
import Foundation
import NN
import OrderedCollections
import Pruning
import Tensors
import TestKit
import Testing
import Zoo

@Suite("Channel configs")
struct ChannelConfigTests {
  let context = PrunableNets.context()
  let pruner = RatioPruner(ratios: [0.5, 1])

  private func net() throws -> ImageClassifier {
    try PrunableNets.classifier(
      ["type": "MobileNetV2", "widen_factor": 0.5], channels: 1280, in: context)
  }

  private func deploy(_ config: ChannelConfig, in net: ImageClassifier) throws {
    try pruner.deploySubnet(
      config, in: net, input: [1, 3, 64, 64], on: context.device
    ) { _ = net.logits(images: $0) }
  }

  private func sample() throws -> ChannelConfig {
    try ChannelConfig(contentsOf: Fixtures.url("autoslim/sample_0.yaml").path)
  }

  @Test func filesAreReadAndWrittenAsUpstreams() throws {
    let text = try String(
      contentsOf: Fixtures.url("autoslim/sample_0.yaml"), encoding: .utf8)
    #expect(try ChannelConfig(yaml: text).yaml == text)
  }

  @Test func deployedNetworksAreSmallAndComputeTheSame() throws {
    let (small, slim) = (try net(), try net())
    for module in [small, slim] {
      for (name, entry) in module.stateEntries() where !name.hasSuffix("tracked") {
        let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
        _ = entry.value.floats.update(fromContentsOf: values)
      }
    }
    let config = try sample()
    try deploy(config, in: small)
    #expect(!small.stateEntries().contains { $0.name.hasSuffix("mask") })
    let weights = small.namedParameters().reduce(0) { $0 + $1.parameter.shape.count }

    let other = RatioPruner(ratios: [0.5])
    try other.prepare(slim, input: [1, 3, 64, 64], on: context.device) {
      _ = slim.logits(images: $0)
    }
    // Preparing forgets statistics.
    for (name, entry) in slim.stateEntries() where name.contains("running_") {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
    }
    other.setSubnet(try other.subnet(from: config))
    #expect(
      other.exportSubnet().layers.sorted { $0.key < $1.key }.map(\.value)
        == config.layers.sorted { $0.key < $1.key }.map(\.value))
    #expect(other.liveParameterCount(of: slim) == weights)
    let image = CounterNumbers.image("input", shape: [2, 3, 64, 64], on: context.device)
    let scores = small.evaluating { small.logits(images: image) }
    #expect(relativeError(slim.evaluating { slim.logits(images: image) }, scores.values) < 1e-6)
  }

  @Test func configsOfOtherNetworksAreRefused() throws {
    let wide = try PrunableNets.classifier(
      ["type": "MobileNetV2", "widen_factor": 1.5], channels: 1920, in: context)
    var config = try sample()
    config.file = nil
    let error = #expect(throws: PruningError.self) { try deploy(config, in: wide) }
    #expect(
      error?.description
        == "backbone.conv1.bn: made for a layer of 16 channels, but the network's is 48 channels")
  }

  @Test func contradictionsNameTheLayer() throws {
    func message(_ change: (inout ChannelConfig) -> Void) throws -> String? {
      var config = try sample()
      config.file = nil
      change(&config)
      let net = try net()
      return #expect(throws: PruningError.self) { try deploy(config, in: net) }?.description
    }
    #expect(
      try message { $0.layers["backbone.convs2.conv"] = $0.layers["backbone.conv2.conv"] }
        == "the network has no layer 'backbone.convs2.conv' to prune; did you mean "
        + "'backbone.conv2.conv'?")
    #expect(
      try message { $0.layers["backbone.conv1.bn"]?.outChannels += 1 }?.hasPrefix(
        "backbone.conv1.bn: out_channels is ") == true)
    #expect(
      try message { $0.layers["head.fc"]?.inChannels = 7 }?.hasPrefix(
        "head.fc: in_channels is 7, but must be ") == true)
    #expect(
      try message { $0.layers["head.fc"]?.outChannels = 5 }
        == "head.fc: out_channels is 5, but must be 10")
  }

  @Test(arguments: [
    ("[", "f: it is not valid YAML"), ("- 1", "f: it is not a dictionary of layers"),
    ("a: 3", "f: 'a' is not a dictionary of channels"),
    ("a: {in_channels: 3}", "f: a: there is no out_channels"),
    ("a: {out_channels: -1}", "f: a: out_channels is not a positive whole number"),
    ("a: {out_channels: x}", "f: a: out_channels is not a positive whole number"),
  ])
  func malformedFilesSayWhatIsWrong(text: String, message: String) {
    let error = #expect(throws: PruningError.self) {
      _ = try ChannelConfig(yaml: text, file: "f")
    }
    #expect(error?.description.hasPrefix(message) == true)
  }

  @Test func switchableNormsKeepWhatTheyReplace() throws {
    let net = try net()
    let before = Dictionary(
      uniqueKeysWithValues: net.stateEntries().map { ($0.name, $0.entry.value) })
    for (name, value) in before where name.hasSuffix("bn.weight") {
      value.floats.update(repeating: 0.5)
    }
    try net.convertToSwitchableNorms(count: 3)
    let after = net.stateEntries()
    let norms = before.keys.filter { $0.hasSuffix("running_mean") }.count
    #expect(after.count == before.count + norms * 2 * 5)
    for (name, entry) in after where name.contains(".bns.") {
      let old = name.replacing(/bns\.\d\./, with: "")
      #expect(entry.value.shape == before[old]?.shape)
      if name.hasSuffix("weight") { #expect(entry.value.values.allSatisfy { $0 == 0.5 }) }
    }
    try pruner.prepare(net, input: [1, 3, 64, 64], on: context.device) {
      _ = net.logits(images: $0)
    }
    pruner.switchSubnet(pruner.minimalSubnet, index: 2)
    let image = Tensor.zeros([1, 3, 64, 64], layout: .channelsLast, on: context.device)
    #expect(net.evaluating { net.logits(images: image) }.shape == [1, 10])
    #expect(pruner.exportSubnet().layers["backbone.conv1.bn"]?.outChannels == 8)
  }
}
