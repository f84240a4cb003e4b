import Configs
import NN
import OrderedCollections
import Pruning
import Tensors
import TestKit
import Testing
import Zoo

@Suite("Search spaces of upstream's networks")
struct StructureTests {
  struct Structure: Decodable {
    let spaces: [Pair<String, Int>]
    let groups: [Pair<String, [String]>]
    /// Input, raw input, output, raw output with the least ratio everywhere.
    let channels: [String: [Int?]]
  }

  static let ratios = (3...12).map { Double($0) / 12 }

  static let classifiers: [(String, Config, Int)] = [
    ("mobilenetv2", ["type": "MobileNetV2"], 1280),
    ("resnet18", ["type": "ResNet", "depth": 18], 512),
    ("resnet34", ["type": "ResNet", "depth": 34], 512),
    ("resnet50", ["type": "ResNet", "depth": 50], 2048),
  ]

  @Test(arguments: classifiers)
  func classifiersHaveThem(name: String, backbone: Config, channels: Int) throws {
    let context = PrunableNets.context()
    let net = try PrunableNets.classifier(backbone, channels: channels, in: context)
    try check(net, against: name, on: context.device) { _ = net.logits(images: $0) }
  }

  @Test func sharedHeadsHaveThem() throws {
    let context = PrunableNets.context()
    let net = try PyramidNet(in: context)
    try check(net, against: "retinanet", on: context.device) { _ = net($0) }
  }

  private func check(
    _ net: Module, against name: String, on device: any Device, forward: (Tensor) -> Void
  ) throws {
    let all: [String: Structure] = try Fixtures.json("autoslim/structure.json")
    let expected = try #require(all[name])
    let pruner = RatioPruner(ratios: Self.ratios)
    try pruner.prepare(net, input: [1, 3, 64, 64], on: device, forward: forward)
    #expect(pruner.channelSpaces.map(\.id) == expected.spaces.map(\.first))
    #expect(pruner.channelSpaces.map(\.channelCount) == expected.spaces.map(\.second))
    let groups = Dictionary(uniqueKeysWithValues: expected.groups.map { ($0.first, $0.second) })
    for space in pruner.channelSpaces {
      #expect(space.layers.sorted() == groups[space.id] ?? [space.id])
    }
    pruner.setMinChannel()
    let exported = pruner.exportSubnet().layers
    #expect(Set(exported.keys) == Set(expected.channels.keys))
    for (path, layer) in exported {
      let numbers = [
        layer.inChannels, layer.rawInChannels, layer.outChannels, layer.rawOutChannels,
      ]
      #expect(numbers == expected.channels[path], "\(path)")
    }
    // The narrow network can compute.
    net.evaluating {
      forward(.zeros([2, 3, 64, 64], layout: .channelsLast, on: device))
    }
  }

  /// The original does not get through channel shuffles; here what reaches one stays whole.
  @Test func shuffledChannelsStayWhole() throws {
    let context = PrunableNets.context()
    let net = try PrunableNets.classifier(["type": "ShuffleNetV2"], channels: 1024, in: context)
    let pruner = RatioPruner(ratios: [0.5, 1])
    try pruner.prepare(net, input: [1, 3, 64, 64], on: context.device) {
      _ = net.logits(images: $0)
    }
    let layers = pruner.channelSpaces.flatMap(\.layers)
    #expect(layers.contains("backbone.layers.0.1.branch2.0.conv"))
    #expect(layers.contains("backbone.layers.0.1.branch2.1.conv"))
    #expect(layers.contains("backbone.layers.3.conv"))
    #expect(layers.contains("backbone.conv1.conv"))
    #expect(!layers.contains { $0.hasSuffix("branch2.2.conv") || $0.hasSuffix("branch1.1.conv") })
    pruner.setMinChannel()
    let image = Tensor.zeros([1, 3, 64, 64], layout: .channelsLast, on: context.device)
    #expect(net.evaluating { net.logits(images: image) }.shape == [1, 10])
  }
}
